# SPDX-License-Identifier: Apache-2.0
"""A host disk that is full is the infrastructure's fault; a guest disk that is full is the program's."""

import os
import subprocess

from harness import Skip, check, contains, equal, shell, test


def small_run_directory(t, size):
    """A command that executes another with a small file system at the run directory, which only it sees."""
    t.run_folder.mkdir()
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    wrapper = [*unshare, "sh", "-c", f'mount -t tmpfs -o size={size},mode=0700 none "$0" && exec "$@"', t.run_folder]
    probe = subprocess.run([*wrapper, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise Skip(f"no file system can be mounted here: {probe.stderr.strip()}")
    return wrapper


@test("full in mid-task: infra_error, host_disk_full; the others go on")
def full_later(t):
    fill = shell("head -c 30000000 /dev/urandom > x; sync; echo written", id="fills")
    ended = t.batch([fill, {"id": "small", "argv": ["echo", "hi"]}], "-j", "1", "--retries", "0",
                    wrapper=small_run_directory(t, "12m"))
    found = {r["id"]: r for r in ended.records()}
    equal((ended.status, found["small"]["verdict"]), (3, "ok"), "end")
    record = found["fills"]
    equal((record["verdict"], record["fault"], record["error"]["code"]), ("infra_error", "infra", "host_disk_full"))


@test("full in mid-task, and tried again on what became free")
def full_and_retried(t):
    fill = shell("head -c 30000000 /dev/urandom > x; sync; echo written", id="fills")
    ended = t.batch([fill], "--retries", "1", wrapper=small_run_directory(t, "12m"))
    (record,) = ended.records()
    equal((record["verdict"], record["attempts"], record["error"]["code"]), ("infra_error", 2, "host_disk_full"))


@test("full at the start: infra_error, host_disk_full, and no crash")
def full_at_start(t):
    for size in ("64k", "100k"):  # the empty overlay alone is larger
        t.run_folder.exists() and t.run_folder.rmdir()
        ended = t.batch([{"id": "x", "argv": ["true"]}], "--retries", "0", wrapper=small_run_directory(t, size))
        equal(ended.status, 3, f"status with {size}")
        (record,) = ended.records()
        equal((record["verdict"], record["fault"], record["error"]["code"]), ("infra_error", "infra", "host_disk_full"))
        contains(record["error"]["message"], "No space left", "message")


@test("the guest's own disk full is the program's failure")
def guest_disk(t):
    # The file system of the guest says so when it is asked for more than it has; nothing is written.
    (record,) = t.batch([shell("fallocate -l 5G x", id="x")]).records()
    equal((record["verdict"], record["fault"]), ("nonzero_exit", "task"), "record")
    check("space" in record["stderr"] or "large" in record["stderr"], f"stderr: {record['stderr']}")
