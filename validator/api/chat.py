"""Conversations for models that only continue text.

The template is plain: the text of each system (or developer) message on its own, then ``User:`` and
``Assistant:`` turns separated by blank lines, ending with ``Assistant:``. The answer stops where the
model begins the user's next turn.
"""

from validator.api.fields import refuse

STOP_WORDS = ("\nUser:",)

_SPEAKERS = {
    "user": "User: ",
    "assistant": "Assistant: ",
    "system": "",
    "developer": "",
    "tool": "Tool: ",
    "function": "Tool: ",
}


def render_chat(messages: object) -> str:
    """The text that a list of chat messages stands for.

    Raises: ApiError.
    """
    if not isinstance(messages, list) or not messages:
        refuse("messages", "messages must be a non-empty list")
    turns = [_render_turn(message, at) for at, message in enumerate(messages)]
    return "\n\n".join([*turns, "Assistant:"])


def _render_turn(message: object, at: int) -> str:
    if not isinstance(message, dict) or message.get("role") not in _SPEAKERS:
        refuse(f"messages[{at}]", f"a message needs a role, one of {', '.join(_SPEAKERS)}")
    return _SPEAKERS[message["role"]] + _content(message.get("content"), at)


def _content(content: object, at: int) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        refuse(f"messages[{at}].content", "content must be a string or a list of text parts")
    return "".join(_part(part, at) for part in content)


def _part(part: object, at: int) -> str:
    text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
    if not isinstance(text, str):
        refuse(f"messages[{at}].content", "only parts of type text are supported")
    return text
