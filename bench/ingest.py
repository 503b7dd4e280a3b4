#!/usr/bin/env python3
"""Processor time of a recording's way to a master, beside ffmpeg doing the same: measure the loudness, level and encode, measure the result.

Each round runs Carillon and ffmpeg in turn, on plain material (a gain suffices) and on peaky material (a limiter is needed). Processor time is what
counts: it's about the same on a busy machine. Prints the command lines of ffmpeg and a table for docs/testing.md.

    bench/ingest.py [MINUTES [ROUNDS]]
"""
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEDIA = ROOT / "build" / "release" / "carillon-media"
MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 10
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
AIM = 1.1
# A voice with syllables and pauses; the peaky one has a knock twice a second.
VOICE = "(0.55-0.45*cos(2*PI*4*t))*lt(mod(t,3),2.4)*(sin(2*PI*130*t)+0.5*sin(2*PI*390*t)+0.3*sin(2*PI*1170*t)+0.1*(random(0)-0.5))"
MATERIAL = {"plain": f"0.1*{VOICE}", "peaky": f"0.1*{VOICE}+0.8*lt(mod(t,0.5),0.004)*sin(2*PI*880*t)"}
ENCODE = ["-ac", "2", "-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k", "-compression_level", "3", "-reservoir", "0"]


def used(work) -> tuple[float, float, object]:
    """(processor seconds of the children, wall seconds, what `work` returned)."""
    before, begun = os.times(), time.monotonic()
    result = work()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, time.monotonic() - begun, result


def make(path: pathlib.Path, expression: str) -> None:
    seconds = MINUTES * 60
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", f"aevalsrc='{expression}|{expression}':s=44100:d={seconds}", "-c:a", "pcm_s16le", path], check=True)


def carillon(recording: pathlib.Path, master: pathlib.Path, seconds: float) -> dict:
    """What the server asks its media program for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(recording, "rb") as source, open(master, "wb+") as target:
        version = int(re.search(r"kVersion = (\d+)", (ROOT / "src" / "media" / "protocol" / "protocol.hpp").read_text()).group(1))
        request = {"version": version, "op": "master", "bitrate": 128000, "channels": 2, "sample_rate": 44100, "loudness": -16.0, "level": True, "encode": True,
                   "longest": int((seconds * 1.05 + 10) * 1_000_000)}
        child = subprocess.Popen([MEDIA], preexec_fn=lambda: os.dup2(theirs.fileno(), 3), pass_fds=(3,), stdin=subprocess.DEVNULL)
        theirs.close()
        socket.send_fds(ours, [json.dumps(request).encode()], [source.fileno(), target.fileno()])
        answer = {}
        while text := ours.recv(65536):
            answer = json.loads(text)
        child.wait()
    if "done" not in answer:
        sys.exit(f"carillon-media: {answer}")
    return answer["done"]


def commands(recording: pathlib.Path, master: pathlib.Path, gain: float, limit: bool) -> list[list[str]]:
    quiet = ["ffmpeg", "-hide_banner", "-nostats", "-threads", "1"]
    measure = ["-af", "ebur128=peak=true", "-f", "null", "-"]
    # ffmpeg's limiter sees peaks between samples only if it works at a higher rate.
    chain = f"volume={gain:.2f}dB" + (",aresample=176400,alimiter=limit=0.79:level=false,aresample=44100" if limit else "")
    return [[*quiet, "-i", str(recording), *measure], [*quiet, "-y", "-i", str(recording), "-af", chain, *ENCODE, str(master)], [*quiet, "-i", str(master), *measure]]


def main() -> int:
    rows, worst = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, expression in MATERIAL.items():
            recording = folder / f"{name}.wav"
            make(recording, expression)
            ratios, ours, theirs, walls = [], [], [], []
            done = {}
            for _ in range(ROUNDS):
                processor, wall, done = used(lambda: carillon(recording, folder / "master.mp3", MINUTES * 60))
                steps = commands(recording, folder / "peer.mp3", -16 - done["source_loudness"], name == "peaky")
                peer, _, _ = used(lambda: [subprocess.run(step, capture_output=True, check=True) for step in steps])
                ours.append(processor), theirs.append(peer), walls.append(wall), ratios.append(processor / peer)
            for step in steps:
                print("  " + " ".join(part.replace(str(folder), "…") for part in step))
            ratio = statistics.median(ratios)
            worst = max(worst, ratio)
            rows.append((name, statistics.median(ours) / MINUTES * 60, statistics.median(theirs) / MINUTES * 60, ratio, done["loudness"], done["true_peak"]))
    print(f"{MINUTES:g} minutes of stereo at 44.1 kHz, {ROUNDS} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| material | Carillon, CPU seconds an hour | ffmpeg | ratio | master |\n| --- | --- | --- | --- | --- |")
    for name, mine, peer, ratio, loudness, peak in rows:
        print(f"| {name} | {mine:.1f} | {peer:.1f} | {ratio:.2f} | {loudness:.1f} LUFS, {peak:.1f} dBTP |")
    print(f"the aim is a ratio of at most {AIM}: {'reached' if worst <= AIM else 'missed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
