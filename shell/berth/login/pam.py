"""libpam, as far as checking one user needs it.

By ctypes: the maintained library for Python (pamela) answers every question with the password, so second factors
and what modules have to say would be lost, and reads services from /etc alone.

Source: Linux-PAM, pam_start(3), pam_conv(3), security/_pam_types.h.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from berth.core.problem import Problem

Style = Literal["secret", "visible", "info", "error"]
Converse = Callable[[Style, str], str]
"""Told what a module asks (``secret``, ``visible``: returns the answer) or says."""

SERVICE = "berth"
_OTHERWISE = "login"
_SERVICES = Path("/etc/pam.d")
_STYLES: dict[int, Style] = {1: "secret", 2: "visible", 3: "error", 4: "info"}
_SUCCESS, _BUFFER_ERROR, _CONVERSATION_ERROR = 0, 5, 19
_REJECTIONS = (7, 10, 11)  # the answer, the user, too many attempts
_UNAVAILABLE = (9,)
_MOST_MESSAGES = 32
_REINITIALIZE = 0x8

Outcome = Literal["ok", "wrong", "unavailable", "failed"]


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


_Messages = ctypes.POINTER(ctypes.POINTER(_Message))
_Answers = ctypes.POINTER(ctypes.POINTER(_Response))
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, _Messages, _Answers, ctypes.c_void_p)


class _Conversation(ctypes.Structure):
    _fields_ = [("call", _Callback), ("data", ctypes.c_void_p)]


def load() -> ctypes.CDLL:
    """Raises `Problem` ``no-pam``."""
    try:
        return ctypes.CDLL("libpam.so.0")
    except OSError:
        raise Problem(
            "no-pam", "This machine has no PAM, so no password can be checked.", "Install libpam (Debian: libpam0g)."
        ) from None


def service_of(folder: str) -> str:
    """The service whose rules count: Berth's own where the machine has one, else those of logging in."""
    return SERVICE if (Path(folder or _SERVICES) / SERVICE).exists() else _OTHERWISE


def authenticate(user: str, converse: Converse, folder: str = "") -> Outcome:
    """Whether whoever answers `converse` is `user`. Blocks for as long as the modules and the answers take.

    Credentials are renewed after success (tickets of Kerberos, keyrings), which may fail without harm. Whether the
    account has expired is not asked: the session that is unlocked runs already.

    Args:
        folder: where services lie, in place of /etc/pam.d; needs libpam 1.4.

    Raises:
        Problem: ``no-pam``.
    """
    lib = load()
    callback = _Callback(_answering(converse))
    conversation = _Conversation(callback, None)
    handle = ctypes.c_void_p()
    arguments = [service_of(folder).encode(), user.encode(), ctypes.byref(conversation)]
    start: Any = lib.pam_start_confdir if folder else lib.pam_start
    code = start(*arguments, *([folder.encode()] if folder else []), ctypes.byref(handle))
    if code != _SUCCESS:
        return "failed"
    code = lib.pam_authenticate(handle, 0)
    if code == _SUCCESS:
        lib.pam_setcred(handle, _REINITIALIZE)
    lib.pam_end(handle, code)
    return _outcome(code)


def _outcome(code: int) -> Outcome:
    if code == _SUCCESS:
        return "ok"
    return "wrong" if code in _REJECTIONS else "unavailable" if code in _UNAVAILABLE else "failed"


def _answering(converse: Converse) -> Callable[..., int]:
    """What libpam calls: `converse` for each message, the answers in memory that libpam frees."""
    libc = ctypes.CDLL(None)
    libc.calloc.restype = libc.strdup.restype = ctypes.c_void_p
    libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
    libc.strdup.argtypes = [ctypes.c_char_p]

    def answer(count: int, messages: Any, answers: Any, _data: Any) -> int:
        if not 0 < count <= _MOST_MESSAGES:
            return _CONVERSATION_ERROR
        memory = libc.calloc(count, ctypes.sizeof(_Response))
        if not memory:
            return _BUFFER_ERROR
        found = ctypes.cast(memory, ctypes.POINTER(_Response))
        answers[0] = found
        for index in range(count):
            message = messages[index].contents
            style = _STYLES.get(message.style)
            if style is None:
                return _CONVERSATION_ERROR
            said = converse(style, (message.text or b"").decode("utf-8", "replace"))
            if style in ("secret", "visible"):
                found[index].text = libc.strdup(said.encode())
        return _SUCCESS

    def guarded(count: int, messages: Any, answers: Any, data: Any) -> int:
        # What is raised in a callback of C is lost.
        with suppress(Exception):
            return answer(count, messages, answers, data)
        return _CONVERSATION_ERROR

    return guarded
