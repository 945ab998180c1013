"""Reading TwiML: the vocabulary the simulator performs, and the faults Twilio's parser reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from simulator.transport import Reply

MAX_DOCUMENT = 64 * 1024
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


class ScriptError(Exception):
    """TwiML that can't be performed; `code` as in Twilio's debugger."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


@dataclass(frozen=True, slots=True)
class Element:
    """What one element may carry."""

    attributes: frozenset[str]
    children: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEG_EVENTS = "url method statusCallback statusCallbackEvent statusCallbackMethod"
_DETECTION = (
    "machineDetection amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout "
    "machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
)
_RECORDING = (
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent recordingConfigurationId"
)
PROMPTS = _words("Say Play Pause")

VOCABULARY: Mapping[str, Element] = {
    "Say": Element(_words("voice language loop")),
    "Play": Element(_words("loop digits")),
    "Pause": Element(_words("length")),
    "Hangup": Element(frozenset(), _words("Parameter")),
    "Reject": Element(_words("reason"), _words("Parameter")),
    "Redirect": Element(_words("method")),
    "Gather": Element(
        _words(
            "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits "
            "partialResultCallback partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult "
            "speechModel enhanced"
        ),
        PROMPTS,
    ),
    "Record": Element(
        _words(f"action method timeout finishOnKey maxLength playBeep trim transcribe transcribeCallback {_RECORDING}")
    ),
    "Dial": Element(
        _words(
            "action method timeout hangupOnStar timeLimit callerId record trim answerOnBridge ringTone recordingTrack "
            f"sequential referUrl referMethod events passports {_RECORDING}"
        ),
        _words("Number Client Conference Queue Sip Sim Application WhatsApp"),
    ),
    "Number": Element(_words(f"sendDigits byoc {_LEG_EVENTS} {_DETECTION}")),
    "Client": Element(_words(_LEG_EVENTS), _words("Identity Parameter")),
    "Identity": Element(frozenset()),
    "Parameter": Element(_words("name value")),
    "Conference": Element(
        _words(
            "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod maxParticipants record region "
            "coach trim statusCallback statusCallbackEvent statusCallbackMethod eventCallbackUrl jitterBufferSize "
            f"participantLabel {_RECORDING}"
        )
    ),
}
PERFORMED = _words("Say Play Pause Hangup Reject Redirect Gather Record Dial")
# Known to Twilio, not simulated: skipped with a note in the debugger.
NOT_SIMULATED = _words("Connect Echo Enqueue Leave Pay Prompt Queue Refer Sms Start Stop")


def parse(reply: Reply) -> ElementTree.Element:
    """Turn a web hook's answer into a document; raises ScriptError when it is none."""
    if reply.failure:
        raise ScriptError(11200, f"HTTP retrieval failure: {reply.status or reply.failure}")
    if reply.content_type not in XML_TYPES:
        raise ScriptError(12300, f"Invalid Content-Type: {reply.content_type or 'none'}")
    return parse_text(reply.body)


def parse_text(text: bytes) -> ElementTree.Element:
    """Turn TwiML into a document; raises ScriptError 11750, 12100 or 12200."""
    if len(text) > MAX_DOCUMENT:
        raise ScriptError(11750, "TwiML response body too large")
    if b"<!DOCTYPE" in text:
        raise ScriptError(12100, "Document parse failure: a document type is not allowed")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 -- from loopback, bounded, without a document type
    except ElementTree.ParseError as error:
        raise ScriptError(12100, f"Document parse failure: {error}") from None
    if root.tag != "Response":
        raise ScriptError(12200, f"Schema validation: the root is <{root.tag}>, not <Response>")
    for verb in root:
        if verb.tag not in PERFORMED | NOT_SIMULATED:
            raise ScriptError(12200, f"Schema validation: unknown verb <{verb.tag}>")
    return root


def oddities(root: ElementTree.Element) -> list[str]:
    """Attributes and children that Twilio would ignore with a warning (12200)."""
    found: list[str] = []
    for parent in root.iter():
        known = VOCABULARY.get(parent.tag)
        if known is None:
            continue
        found += [f"<{parent.tag}> has no attribute {name!r}" for name in parent.attrib if name not in known.attributes]
        if parent.tag != "Say":  # speech markup inside Say is a language of its own
            found += [f"<{parent.tag}> can't hold <{child.tag}>" for child in parent if child.tag not in known.children]
    return found


def words(element: ElementTree.Element) -> str:
    """All text in an element, also inside speech markup."""
    return " ".join("".join(element.itertext()).split())


def flag(element: ElementTree.Element, name: str, default: bool) -> bool:
    """A true/false attribute."""
    return element.get(name, "true" if default else "false").lower() == "true"


def number(element: ElementTree.Element, name: str, default: float) -> float:
    """A numeric attribute; nonsense is the default."""
    try:
        return float(element.get(name, default))
    except ValueError:
        return default
