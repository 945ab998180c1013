"""What can go wrong with people and settings."""

from apps.core.errors import ConflictError


class SlugTakenError(ConflictError):
    """Another organisation has this short name."""

    code = "slug_taken"


class AlreadyMemberError(ConflictError):
    """The address belongs to a member already."""

    code = "already_member"


class LastOwnerError(ConflictError):
    """The organisation would be left without an active owner."""

    code = "last_owner"


class InvitationGoneError(ConflictError):
    """The invitation does not exist, is used, withdrawn or too old. Which of these is not told."""

    code = "invitation_gone"


class SignInFirstError(ConflictError):
    """The invited address has an account: its owner must be signed in to accept."""

    code = "sign_in_first"
