"""Records of work that waits for a person, of conversations that go on, and of history jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from offboarding.genesys.records import Ref


@dataclass(frozen=True, slots=True)
class Communication:
    """One medium of a participant (Genesys `Call`, `Email`, `Message`, ...). `medium` is the list it stands in.

    `state` is alerting, connected, parked, disconnected or another, kept as sent.
    """

    medium: str
    state: str


@dataclass(frozen=True, slots=True)
class Participant:
    """Genesys `Participant`. Names and numbers are left out: they may be a customer's.

    `purpose` is agent, user, customer, acd or another; without `end_time` the participant is still there.
    """

    id: str
    purpose: str
    user_id: str | None = None
    queue_id: str | None = None
    end_time: str | None = None
    communications: tuple[Communication, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Genesys `Conversation` (GET /api/v2/conversations/{conversationId}); without `end_time` it goes on."""

    id: str
    participants: tuple[Participant, ...]
    end_time: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Genesys `EvaluationResponse`: `agent` is scored by `evaluator`, for `assignee` where one is set.

    `status` is PENDING, INPROGRESS, FINISHED, INREVIEW or RETRACTED.
    """

    id: str
    status: str
    conversation_id: str | None = None
    agent: Ref | None = None
    evaluator: Ref | None = None
    assignee: Ref | None = None
    assigned_date: str | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Genesys `Workitem`; `status_category` is Open, InProgress, Waiting, Closed or Unknown."""

    id: str
    name: str
    status_category: str
    type: Ref | None = None
    status: Ref | None = None
    date_due: str | None = None


@dataclass(frozen=True, slots=True)
class DevelopmentActivity:
    """Genesys `DevelopmentActivity`: coaching or learning. `type` is Coaching, Native, External or another.

    `status` is Planned, InProgress, Completed, InvalidSchedule or NotCompleted. A facilitator who leaves has
    to be replaced.
    """

    id: str
    name: str
    type: str
    status: str
    date_due: str | None = None
    facilitator_id: str | None = None
    attendee_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryJob:
    """Genesys `AsyncQueryStatus`: `state` is QUEUED, PENDING, FAILED, CANCELLED, FULFILLED or EXPIRED.

    The results can be read until `expiration_date`.
    """

    state: str
    error_message: str = ""
    submission_date: str | None = None
    completion_date: str | None = None
    expiration_date: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryJobPage:
    """One page of a job's results (Genesys `AnalyticsConversationAsyncQueryResponse`).

    `conversations` are the objects as Genesys sent them, with the participants' attributes. Without `cursor`
    it is the last page. `data_availability_date`: nothing newer than this was there to be found.
    """

    conversations: tuple[dict[str, Any], ...]
    cursor: str | None = None
    data_availability_date: str | None = None
