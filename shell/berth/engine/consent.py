"""Consent: grants and prompts together, the one place that knows what an app may do now."""

from __future__ import annotations

from collections.abc import Callable

from berth.core.messages import PermissionInfo
from berth.core.permissions import (
    DISPLAY,
    VOCABULARY,
    Decision,
    Duration,
    Grant,
    Grants,
    PermissionRequest,
    describe,
    granted,
    is_known,
)
from berth.core.problem import Problem
from berth.engine.catalogue import Entry
from berth.engine.grants import GrantStore, Subject
from berth.engine.prompts import Prompts, Question


def question(entry: Entry, instance: str, request: PermissionRequest, icon: str, image: str) -> Question:
    return Question(
        app=entry.manifest.id,
        publisher=entry.publisher,
        name=entry.manifest.name,
        icon=icon,
        instance=instance,
        permission=request.name,
        reason=request.reason,
        image=image,
    )


def _how_to_declare(entry: Entry) -> str:
    """A version that is not the newest may have what was asked for when it was made, whatever the file says now."""
    if entry.older:
        app = entry.manifest.id
        return f"An older version of it is in use. Use a newer one, if that asks for it: berth versions {app}"
    if entry.derived:
        return f"Declare it in {entry.path}: that file follows the image until it is changed."
    return f"Declare it in {entry.path}."


class Consent:
    """Args:
    store: where decisions are kept.
    prompts_for: makes the prompts, given what records an answer.
    on_decision: called with an app id after each stored decision: running instances follow it at once.
    """

    def __init__(
        self,
        store: GrantStore,
        prompts_for: Callable[[Callable[[Question, Grant], None]], Prompts],
        on_decision: Callable[[str], None],
    ) -> None:
        self._store = store
        self._on_decision = on_decision
        self.prompts = prompts_for(self._record)

    def decisions(self, entry: Entry, instance: str = "") -> Grants:
        return self._store.decisions(Subject(entry.manifest.id, entry.publisher, instance))

    def granted(self, entry: Entry, instance: str) -> frozenset[str]:
        return granted(entry.manifest.permissions, self.decisions(entry, instance))

    def granted_display(self, entry: Entry | None, instance: str) -> frozenset[str]:
        """What the display server has to know of an instance; nothing for one whose manifest is gone."""
        return frozenset() if entry is None else self.granted(entry, instance) & DISPLAY

    def describe(self, entry: Entry) -> tuple[PermissionInfo, ...]:
        return describe(entry.manifest.permissions, self.decisions(entry))

    async def ask(self, asked: Question) -> Grant | None:
        """The user's answer, already stored. None: withdrawn. One that is silenced counts as denied."""
        if self.prompts.is_silenced(asked):
            return Grant(False, "once")
        return await self.prompts.ask(asked)

    def set(self, entry: Entry, permission: str, decision: Decision) -> None:
        """Decide for good, or (``ask``) forget all decisions.

        Raises:
            Problem: ``unknown-permission`` or ``permission-undeclared``.
        """
        app = entry.manifest.id
        self._check_declared(entry, permission)
        self._store.revoke(app, permission)
        if decision != "ask":
            grant = Grant(decision == "allow", "always")
            self._store.decide(Subject(app, entry.publisher), permission, grant)
            self.prompts.withdraw_topic(app, permission)
        self.prompts.forget_denials(app, permission)
        self._on_decision(app)

    def decided(self, app: str) -> tuple[str, ...]:
        """Permissions that the user has decided about, whoever published the app."""
        return self._store.of_app(app)

    def forget_app(self, app: str) -> None:
        self._store.forget_app(app)
        self.prompts.forget_app(app)

    def forget(self, app: str, permission: str) -> None:
        """Forget all decisions about something that the app does not ask for any more."""
        self._store.revoke(app, permission)
        self.prompts.withdraw_topic(app, permission)

    def forget_instance(self, instance: str) -> None:
        self.prompts.withdraw_instance(instance)
        self._store.forget_instance(instance)

    def _check_declared(self, entry: Entry, permission: str) -> None:
        if permission in (request.name for request in entry.manifest.permissions):
            return
        if not is_known(permission):
            known = ", ".join(VOCABULARY)
            raise Problem("unknown-permission", f"There is no permission “{permission[:40]}”.", f"Known are: {known}.")
        raise Problem(
            "permission-undeclared",
            f"{entry.manifest.name} does not ask for the permission “{permission}”, so it cannot get it.",
            _how_to_declare(entry),
        )

    def _record(self, asked: Question, grant: Grant) -> None:
        duration: Duration = grant.duration
        instance = asked.instance if duration == "once" else ""
        self._store.decide(Subject(asked.app, asked.publisher, instance), asked.permission, grant, asked.image)
        self._on_decision(asked.app)
