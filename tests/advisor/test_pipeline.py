"""The order of the stages is a matter of types: mypy refuses a pipeline that leaves one out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAD = """
from barfinex.advisor.desk import Desk
from barfinex.advisor.stages.context import Facts, gather_context
from barfinex.advisor.stages.evidence import weigh_evidence
from barfinex.advisor.stages.quality import Quality, grade_quality
from barfinex.advisor.trace import Case, Trace


def decide(case: Case, facts: Facts, desk: Desk, trace: Trace) -> None:
"""
GOOD = """
    context = trace.run(gather_context, case, facts, 1)
    quality: Quality = trace.run(grade_quality, context, desk.config)
    trace.run(weigh_evidence, quality, desk.config, desk.serving, desk.verdict)
"""
SKIPS = """
    context = trace.run(gather_context, case, facts, 1)
    trace.run(weigh_evidence, context, desk.config, desk.serving, desk.verdict)
"""
SWAPS = """
    trace.run(grade_quality, case, desk.config)
"""


def test_leaving_out_or_swapping_a_stage_does_not_type_check(tmp_path: Path) -> None:
    for name, body in (("good", GOOD), ("skips", SKIPS), ("swaps", SWAPS)):
        (tmp_path / f"{name}.py").write_text(HEAD + body.lstrip("\n"))
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    checked = subprocess.run(
        [*mypy, *sorted(tmp_path.glob("*.py"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    errors = sorted(line for line in checked.stdout.splitlines() if "error:" in line)
    assert len(errors) == 2, checked.stdout + checked.stderr
    assert 'has incompatible type "Context"; expected "Quality"' in errors[0]
    assert 'has incompatible type "Case"; expected "Context"' in errors[1]
