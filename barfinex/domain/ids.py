"""Identities. All are derived from content, so equal inputs give equal ids, run after run.

One signal's hash runs through everything that follows from it: `sig-…`, `dec-…`, `int-…`, `trd-…`
and the order ids `…-e` (entry), `…-s` (stop), `…-t` (target), `…-x` (exit).
"""

from __future__ import annotations

from hashlib import blake2b


def digest(*parts: object) -> str:
    """Sixteen hex digits over the parts, separated so that ("ab", "c") differs from ("a", "bc")."""
    return digest_of("\x1f".join(map(str, parts)).encode())


def digest_of(text: bytes) -> str:
    """The same over one text, encoded."""
    return blake2b(text, digest_size=8).hexdigest()


def ident(kind: str, *parts: object) -> str:
    """An id such as `sig-0123456789abcdef`."""
    return f"{kind}-{digest(*parts)}"


def kin(kind: str, other: str) -> str:
    """The id of another kind that shares `other`'s hash: kin("int", "sig-12") is "int-12"."""
    return kind + other[other.index("-") :]
