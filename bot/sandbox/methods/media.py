"""Photos, documents, sound and video, contacts, and getting files back."""

from collections.abc import Callable

from bot.sandbox.errors import bad_request
from bot.sandbox.images import image_size
from bot.sandbox.methods.registry import Call, method
from bot.sandbox.methods.targets import post, writable
from bot.sandbox.model import Json, StoredFile
from bot.sandbox.state import State
from bot.sandbox.texts import read_text
from bot.sandbox.wire import audio_body, document_body, file_json, photo_body, video_body, voice_body

PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024


def store_photo(state: State, data: bytes, name: str) -> StoredFile:
    """Keep a picture; ApiError where Telegram would not take it as a photo."""
    if not data:
        raise bad_request("file must be non-empty")
    if len(data) > PHOTO_BYTES:
        raise bad_request("file is too big")
    size = image_size(data)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * max(min(size), 1):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return state.add_file(data, "photos", name, "image/jpeg", width=width, height=height)


def _sent_file(call: Call, field: str, folder: str) -> StoredFile:
    """The file of a send method: an upload, or the id of a file sent before."""
    upload = call.args.upload(field)
    if upload is None:
        value = call.args.text(field)
        if not value:
            raise bad_request(f"there is no {field} in the request")
        if value not in call.state.files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return call.state.files[value]
    if field == "photo":
        return store_photo(call.state, upload.data, upload.name)
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > UPLOAD_BYTES:
        raise bad_request("file is too big")
    duration = call.args.integer("duration")
    return call.state.add_file(upload.data, folder, upload.name, upload.mime, duration=duration)


def _send(call: Call, field: str, folder: str, body: Callable[[StoredFile], Json]) -> Json:
    """A message of a file with its caption; the words are looked at first."""
    chat = writable(call)
    caption = read_text(call.args, "caption")
    return post(call, chat, body(_sent_file(call, field, folder)) | caption)


@method("sendPhoto")
async def send_photo(call: Call) -> Json:
    return _send(call, "photo", "photos", photo_body)


@method("sendDocument")
async def send_document(call: Call) -> Json:
    return _send(call, "document", "documents", document_body)


@method("sendVoice")
async def send_voice(call: Call) -> Json:
    return _send(call, "voice", "voice", voice_body)


@method("sendAudio")
async def send_audio(call: Call) -> Json:
    return _send(call, "audio", "music", audio_body)


@method("sendVideo")
async def send_video(call: Call) -> Json:
    return _send(call, "video", "videos", video_body)


@method("sendContact")
async def send_contact(call: Call) -> Json:
    chat = writable(call)
    contact = {name: call.args.text(name) for name in ("phone_number", "first_name", "last_name", "vcard")}
    if not contact["phone_number"]:
        raise bad_request("phone number is empty")
    if not contact["first_name"]:
        raise bad_request("first name is empty")
    return post(call, chat, {"contact": {name: value for name, value in contact.items() if value}})


@method("getFile")
async def get_file(call: Call) -> Json:
    stored = call.state.files.get(call.args.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    if stored.size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return file_json(stored) | {"file_path": stored.path}
