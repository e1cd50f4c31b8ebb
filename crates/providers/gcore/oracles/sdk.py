"""Drives Gcore's official SDK (gcore on PyPI), one step an invocation:

    sdk.py cut STREAM START DURATION   cuts, and ends the stream; prints the video's id
    sdk.py keep STREAM                 closes the recording, and ends the stream; prints the video's id
    sdk.py ready VIDEO                 the video is ready; prints its duration in milliseconds

The SDK reads GCORE_API_KEY and GCORE_BASE_URL by itself. It takes any answer, whatever its types: so each one is
validated against the SDK's model of it as well, strictly.
"""

import sys

from gcore import Gcore

gcore = Gcore(max_retries=0)
streams, videos = gcore.streaming.streams, gcore.streaming.videos

# What the simulator has, and the SDK hasn't: the SDK's own description of `stop_recording` names it.
IN_PROSE = {"recording"}


def checked(answer):
    model = answer.parse()
    unknown = set(model.model_extra or {}) - IN_PROSE
    assert not unknown, f"the SDK knows no {unknown} of {type(model).__name__}"
    return type(model).model_validate_json(answer.text(), strict=True)


def off(stream):
    name = checked(streams.with_raw_response.get(stream)).name
    switched = checked(streams.with_raw_response.update(stream, stream={"name": name, "active": False}))
    assert switched.active is False and switched.live is False


def cut(stream, start, duration):
    assert checked(streams.with_raw_response.get(stream)).live
    asked = {"start": start, "duration": duration, "expiration": start + duration + 3600, "vod_required": True}
    clip = checked(streams.clips.with_raw_response.create(stream, **asked))
    assert (clip.start, clip.duration) == (start, duration)
    assert clip.id in [listed.id for listed in streams.clips.list(stream)]
    off(stream)
    return clip.video_id


def keep(stream):
    video = checked(streams.with_raw_response.stop_recording(stream))
    assert video.stream_id == stream
    off(stream)
    return video.id


def ready(video):
    found = checked(videos.with_raw_response.get(video))
    assert found.status == "ready" and found.hls_url
    return found.duration


step, *of = sys.argv[1:]
print({"cut": cut, "keep": keep, "ready": ready}[step](*map(int, of)))
