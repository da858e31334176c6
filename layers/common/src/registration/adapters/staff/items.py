"""Staff and their sessions as DynamoDB items, and back."""

from datetime import datetime

from registration.adapters.dynamodb import items, keys
from registration.domain.emails import EmailAddress
from registration.domain.staff.members import Role, StaffMember
from registration.domain.staff.sessions import StaffSession


def member_item(member: StaffMember) -> items.Item:
    """Return the item of a member."""
    item: items.Item = {
        **keys.staff(member.staff_id),
        "entity": {"S": "staff"},
        "staff_id": {"S": member.staff_id},
        "email": {"S": member.email.typed},
        "role": {"S": member.role.value},
        "generation": {"S": member.generation},
        "created_at": {"S": member.created_at.isoformat()},
        "updated_at": {"S": member.updated_at.isoformat()},
    }
    optional = {
        "name": member.name,
        "password_hash": member.password_hash,
        "token_id": member.token_id,
    }
    return {**item, **{name: {"S": value} for name, value in optional.items() if value}}


def member_of(item: items.ReadItem) -> StaffMember:
    """Return the member in an item."""
    return StaffMember(
        staff_id=item["staff_id"]["S"],
        email=EmailAddress(item["email"]["S"]),
        name=items.text(item, "name"),
        role=Role(item["role"]["S"]),
        password_hash=items.text(item, "password_hash"),
        token_id=items.text(item, "token_id"),
        generation=item["generation"]["S"],
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        updated_at=datetime.fromisoformat(item["updated_at"]["S"]),
    )


def session_item(session: StaffSession) -> items.Item:
    """Return the item of a session."""
    return {
        **keys.staff_session(session.staff_id, session.session_id),
        "entity": {"S": "staff_session"},
        "staff_id": {"S": session.staff_id},
        "session_id": {"S": session.session_id},
        "digest": {"S": session.digest},
        "generation": {"S": session.generation},
        "ends_at": {"S": session.ends_at.isoformat()},
        "seen_at": {"S": session.seen_at.isoformat()},
        "expires_at": {"N": items.epoch(session.expires_at)},
    }


def session_of(item: items.ReadItem) -> StaffSession:
    """Return the session in an item."""
    return StaffSession(
        staff_id=item["staff_id"]["S"],
        session_id=item["session_id"]["S"],
        digest=item["digest"]["S"],
        generation=item["generation"]["S"],
        ends_at=datetime.fromisoformat(item["ends_at"]["S"]),
        seen_at=datetime.fromisoformat(item["seen_at"]["S"]),
    )
