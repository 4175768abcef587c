"""Keys of an exchange: from the environment, the system's keyring or a file of nobody else's; never shown."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from barfinex.domain.errors import BadInput

SERVICE = "barfinex"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Keys:
    """`environment`: what they are for, as whoever gave them says."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    environment: str = ""


Vault = Callable[[str], str | None]


def system_vault(name: str) -> str | None:
    """The password of that name which the system's keyring holds for us; None where there is no keyring."""
    import keyring  # It looks for the system's services when it is imported.
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:
        return None


def keys_of(
    exchange: str, environment: str, file: Path | None, environ: Mapping[str, str], vault: Vault | None = None
) -> Keys:
    """From the file when one is named: TOML with a table of the exchange's name, and key, secret and
    environment in it. Without, from BARFINEX_<EXCHANGE>_KEY, _SECRET and _ENVIRONMENT; when neither of the
    first two is set, from the `vault`, by the names <exchange>.key, .secret and .environment.

    Raises:
        BadInput: there are none, somebody else can read the file, or they are for another environment.
    """
    found = _in_file(file, exchange) if file is not None else _in_environment(exchange, environ, vault)
    if environment == "production" and not found.environment:
        raise BadInput(
            f"the keys of {exchange}",
            "do not say what they are for",
            "Say environment production beside them, if real money shall be traded.",
        )
    if found.environment and found.environment != environment:
        raise BadInput(
            f"the keys of {exchange}",
            f"are for {found.environment}, and exchange.environment is {environment}",
            "Give the keys of that environment, or set the environment they are for.",
        )
    return found


def _in_environment(exchange: str, environ: Mapping[str, str], vault: Vault | None) -> Keys:
    name = f"BARFINEX_{exchange.upper()}"
    key, secret = environ.get(f"{name}_KEY", ""), environ.get(f"{name}_SECRET", "")
    if not key and not secret and vault is not None:
        words = [vault(f"{exchange}.{part}") or "" for part in ("key", "secret", "environment")]
        if words[0] and words[1]:
            return Keys(*words)
    if not key or not secret:
        missing = f"{name}_KEY" if not key else f"{name}_SECRET"
        raise BadInput(
            missing,
            "is not set",
            f"Set it, name a file of keys in exchange.keys_file, or keep both in the system's keyring: "
            f"`keyring set {SERVICE} {exchange}.key`, and {exchange}.secret.",
        )
    return Keys(key, secret, environ.get(f"{name}_ENVIRONMENT", ""))


def _in_file(file: Path, exchange: str) -> Keys:
    try:
        mode = file.stat().st_mode
        if os.name == "posix" and mode & OTHERS:
            raise BadInput(str(file), f"can be read by others (mode {mode & 0o777:o})", f"chmod 600 {file}")
        table = tomllib.loads(file.read_text("utf-8")).get(exchange, {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = "cannot be read" if isinstance(error, OSError) else "is not TOML"
        raise BadInput(str(file), reason, f'Write [{exchange}] with key = "…" and secret = "…".') from None
    words = [table.get(name, "") if isinstance(table, dict) else "" for name in ("key", "secret")]
    if not all(isinstance(word, str) and word for word in words):
        raise BadInput(f"{file}, [{exchange}]", "lacks key or secret", "Write both, in quotes.")
    return Keys(words[0], words[1], str(table.get("environment", "")))
