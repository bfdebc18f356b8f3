"""authorized_keys: several keys, on one line or many, none twice, and nothing but keys."""

import base64
import struct

import pytest
from node.contract.keys import parse, unique


def public(kind: str = "ssh-ed25519", fill: bytes = b"x") -> str:
    """A well-formed public key, different for each `fill`."""
    fields = (kind.encode(), fill * 32)
    return f"{kind} " + base64.b64encode(b"".join(struct.pack(">I", len(f)) + f for f in fields)).decode()


ONE, TWO, THREE = public(fill=b"1"), public("ssh-rsa", b"2"), public("ecdsa-sha2-nistp256", b"3")


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE} me@laptop\n{TWO}\n{THREE} x",
        f"{ONE} me@laptop {TWO} {THREE} x",
        f"{ONE} me@laptop\\n{TWO}\\n{THREE} x\\n",
        f"\n# mine\n{ONE} me@laptop\r\n\r\n{TWO}\r\n{THREE} x",
    ],
)
def test_several_keys_in_any_layout(text: str) -> None:
    keys, problems = parse("SSH_PUBLIC_KEY", text)
    assert problems == []
    assert [key.line for key in keys] == [f"{ONE} me@laptop", TWO, f"{THREE} x"]


def test_the_same_key_with_another_comment_counts_once() -> None:
    keys = parse("PUBLIC_KEY", f"{ONE} first\n{TWO}\n{ONE} second")[0]
    assert [key.line for key in unique(keys)] == [f"{ONE} first", TWO]


@pytest.mark.parametrize("options", ['no-pty,command="echo a b"', f'restrict,command="run {TWO}"'])
def test_options_before_a_key_stay(options: str) -> None:
    line = f"{options} {ONE} me"
    assert [key.line for key in parse("PUBLIC_KEY", line)[0]] == [line]


@pytest.mark.parametrize(
    "text", ["junk", "ssh-ed25519", "ssh-ed25519 AAAA", public("ssh-dss"), ONE.replace("ed25519", "rsa")]
)
def test_a_line_that_sshd_would_refuse_is_a_problem_that_does_not_repeat_it(text: str) -> None:
    keys, problems = parse("SSH_PUBLIC_KEY", f"{TWO}\n{text}")
    assert [key.line for key in keys] == [TWO]
    assert "line 2" in problems[0].what
    assert text not in problems[0].what


def test_a_private_key_is_refused_whole() -> None:
    text = f"{ONE}\n-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----"
    keys, problems = parse("SSH_PUBLIC_KEY", text)
    assert keys == []
    assert "private key" in problems[0].what
    assert "c2VjcmV0" not in str(problems)


@pytest.mark.parametrize(
    "line",
    [
        f"restrict {ONE} me {TWO} you",
        f"{ONE} me restrict {TWO} you",
        f"{ONE} mine, in place of {TWO}",
        f"{ONE} me # was {TWO}",
        f'command="run {ONE} x" {TWO}',
        f"allowed for {ONE}",
        f'command="unclosed {ONE}',
    ],
)
def test_a_line_that_is_not_clear_gives_no_key(line: str) -> None:
    keys, problems = parse("SSH_PUBLIC_KEY", f"{THREE} first\n{line}")
    assert [key.line for key in keys] == [f"{THREE} first"]
    assert "line 2 is not one public key" in problems[0].what
    assert "one key a line" in problems[0].remedy
