"""Tables of exports: what a program asked for, kind by kind; the files that it gets; their lines, each sealed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class ExportStatus(StrEnum):
    """Where an export stands. `ended`: its client wanted it no more."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"
    ENDED = "ended"


LIVE = (ExportStatus.WAITING, ExportStatus.RUNNING, ExportStatus.READY)
TO_MAKE = (ExportStatus.WAITING, ExportStatus.RUNNING)


class Export(Table, table=True):
    """What one client asked for, for one purpose. `fault`: why it failed; `touched_at`: when it last got its turn.

    Whoever makes a part of it holds this row, and the row keeps nothing of that: one who dies lets go.
    """

    __tablename__ = "export"
    __table_args__ = (Index("ix_export_turn", "status", "touched_at"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    purpose: str = Field(max_length=20)
    updated_since: datetime | None = at_field(optional=True)
    status: ExportStatus = code_field(ExportStatus, default=ExportStatus.WAITING)
    fault: str = Field(default="", max_length=40)
    attempts: int = 0
    asked_at: datetime = at_field()
    touched_at: datetime = at_field()
    ready_at: datetime | None = at_field(optional=True)
    expires_at: datetime | None = at_field(optional=True)


class ExportKind(Table, table=True):
    """One kind of an export, and how far it is. `total`: how many records there were when it was begun.

    `after`: the place of the record that was last.
    """

    __tablename__ = "export_kind"
    __table_args__ = (UniqueConstraint("export_id", "kind"),)

    id: UUID = id_field()
    organization_id: UUID
    export_id: UUID = Field(foreign_key="export.id")
    kind: str = Field(max_length=40)
    position: int
    total: int | None = None
    line_count: int = 0
    after: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    is_complete: bool = False


class ExportFile(Table, table=True):
    """One file of a kind, small enough to be given out at once. `number`: from 1 on."""

    __tablename__ = "export_file"
    __table_args__ = (UniqueConstraint("export_id", "kind", "number"),)

    id: UUID = id_field()
    organization_id: UUID
    export_id: UUID = Field(foreign_key="export.id")
    kind: str = Field(max_length=40)
    number: int
    line_count: int = 0
    byte_count: int = 0

    @property
    def name(self) -> str:
        """As its address says it, like "people-1"."""
        return f"{self.kind}-{self.number}"


class ExportLine(Table, table=True):
    """One line of a file: `byte_count` bytes from `first_byte` on, its end included, whatever becomes of the content.

    `ends`: how many releases of the referral to this organization had ended before the record was read.
    """

    __tablename__ = "export_line"
    __table_args__ = (
        UniqueConstraint("file_id", "first_byte"),
        Index(
            "ix_export_line_gone",
            "file_id",
            sqlite_where=text("content_sealed IS NULL"),
            postgresql_where=text("content_sealed IS NULL"),
        ),
    )

    id: UUID = id_field()
    organization_id: UUID
    file_id: UUID = Field(foreign_key="export_file.id")
    first_byte: int
    byte_count: int
    record_id: UUID
    person_id: UUID = Field(index=True)
    referral_id: UUID | None = Field(default=None, index=True)
    ends: int = 0
    content_sealed: bytes | None = sealed_field()

    content = Sealed[str]("content_sealed")
