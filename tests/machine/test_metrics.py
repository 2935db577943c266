# SPDX-License-Identifier: Apache-2.0
"""--metrics: samples of each machine, totals for Prometheus, and both agree with the result records."""

import csv
import json
import signal
from collections import Counter
from pathlib import Path

from folder_watch import FolderWatch
from harness import by_id, check, contains, equal, shell, test
from prometheus import Exposition

USED = ("cpu_ns", "memory_peak_bytes", "read_bytes", "write_bytes")
PHASES = {"claim": "claim_ms", "exec": "exec_ms", "teardown": "teardown_ms", "total": "total_ms"}


def samples_of(t, name):
    """The samples of a CSV file as those of an NDJSON file are: what is empty is not there."""
    with (t.folder / name).open(newline="") as lines:
        return [{key: value for key, value in row.items() if value != ""} for row in csv.DictReader(lines, strict=True)]


def as_text(sample):
    return {key: json.dumps(value) if isinstance(value, bool) else str(value) for key, value in sample.items()}


def counted(usage):
    """What a record says of a whole machine, as samples have it."""
    return as_text({key: usage[key] for key in USED if key in usage})


def exposition_of(t):
    return Exposition((t.folder / "m.prom").read_text())


def check_histograms(totals, records):
    for phase, field in PHASES.items():
        timed = [r for r in records if r["attempts"] > 0 and (phase == "total" or "machine" in r)]
        times = [r["timing"][field] / 1000 for r in timed]
        name = f"mayfly_task_{phase}_seconds"
        equal(totals.value(f"{name}_count"), len(times), f"count of {name}")
        check(abs(totals.value(f"{name}_sum") - sum(times)) < 1e-5 * (1 + len(times)), f"sum of {name}: {times}")
        for bound in (0.1, 1, 10):
            equal(totals.at_most(name, bound), sum(time <= bound for time in times), f"{name} up to {bound}")


def check_totals(totals, records, machines):
    counts = Counter((r["verdict"], r["fault"]) for r in records)
    for (verdict, fault), count in counts.items():
        equal(totals.value("mayfly_tasks_total", verdict=verdict, fault=fault), count, f"count of {verdict}")
    equal(sum(totals.values["mayfly_tasks_total"].values()), len(records), "count of all")
    equal(totals.value("mayfly_success_ratio"), counts["ok", "none"] / len(records), "success rate")
    for pool in ("hit", "miss"):
        equal(totals.value("mayfly_pool_claims_total", result=pool),
              sum(r.get("machine", {}).get("pool") == pool for r in records), f"claims: {pool}")
    equal(totals.value("mayfly_machines"), 0, "machines that live")
    equal(totals.value("mayfly_machines_launched_total"), len(machines), "machines launched")
    cpu = sum(int(m["cpu_ns"]) for m in machines) / 1e9
    check(abs(totals.value("mayfly_machine_cpu_seconds_total") - cpu) < 1e-6, f"processor time: not {cpu}")
    for name, field in (("mayfly_machine_read_bytes_total", "read_bytes"),
                        ("mayfly_machine_written_bytes_total", "write_bytes")):
        known = [int(m[field]) for m in machines if field in m]
        equal(sum(totals.values.get(name, {}).values()), sum(known), name)
        equal(name in totals.types, bool(known), f"whether there is a {name}")


def check_pressure(totals):
    def known(resource):
        try:
            return Path("/proc/pressure", resource).read_text().startswith("some")
        except OSError:
            return False

    want = {resource for resource in ("cpu", "memory", "io") if known(resource)}
    got = totals.values.get("mayfly_host_pressure_seconds_total", {})
    equal({dict(labels)["resource"] for labels in got}, want, "resources whose pressure is known")


@test("batch: samples and totals agree with the result records")
def agreement(t):
    tasks = [shell("sleep 3", id="sleeper"), shell("head -c 3000000 /dev/urandom | sha256sum; exit 3", id="worker"),
             "no task", shell("echo hi", id="last")]
    ended = t.batch(tasks, "-j", "1", "--pool", "1", "--metrics-interval", "200ms",
                    "--metrics", "m.csv", "--metrics", "m.ndjson", "--metrics", "m.prom")
    equal((ended.status, ended.err), (0, ""), "end")
    records = ended.records()
    samples = samples_of(t, "m.csv")
    lines = (t.folder / "m.ndjson").read_text().splitlines()
    equal([as_text(json.loads(line)) for line in lines], samples, "the two files")

    gone = [s for s in samples if s["last"] == "true"]
    equal(len({s["machine"] for s in gone}), len(gone), "machines that are gone once each")
    equal({s["machine"] for s in samples}, {s["machine"] for s in gone}, "machines")
    found = by_id([r for r in records if "machine" in r])
    equal({s.get("task") for s in gone} - {None}, set(found), "tasks that had a machine")
    for sample in gone:
        if "task" in sample:
            usage = found[sample["task"]]["usage"]["host"]
            equal({k: sample[k] for k in USED if k in sample}, counted(usage), f"usage of {sample['task']}")

    mine = [s for s in samples if s.get("task") == "sleeper"]
    check(len(mine) > 3, f"{len(mine)} samples of 3 s")
    times = [s["time"] for s in mine]
    cpu = [int(s["cpu_ns"]) for s in mine]
    equal((times, cpu), (sorted(times), sorted(cpu)), "times and processor time, which do not go back")
    if "memory" in found["sleeper"]["isolation"]["cgroup"]:
        check(any(int(s["memory_bytes"]) > 1 << 20 for s in mine[:-1]), f"memory in use: {mine}")  # a dying one has less
    check(any("task" not in s and s["last"] == "false" for s in samples), "no machine was sampled that waits")

    totals = exposition_of(t)
    check_totals(totals, records, gone)
    check_histograms(totals, records)
    check_pressure(totals)


@test("batch: totals are whole at any moment, and of this moment")
def live_totals(t):
    live = t.start_batch("-j", "1", "--pool", "0", "--metrics", "m.prom", "--metrics-interval", "100ms")
    live.say(t.tasks([shell("sleep 600", id="t")]).read_bytes())
    live.wait_moved("ready", "running")
    watch = FolderWatch(t.folder)
    seen = []
    while len(seen) < 5:
        if watch.wait("m.prom") == "m.prom":
            seen.append(exposition_of(t))
    equal({s.value("mayfly_machines") for s in seen}, {1}, "machines while one runs")
    cpu = [s.value("mayfly_machine_cpu_seconds_total") for s in seen[1:]]
    check(cpu == sorted(cpu) and cpu[0] > 0, f"processor time: {cpu}")
    check("mayfly_success_ratio" not in seen[-1].types, "a rate of nothing")
    live.signal(signal.SIGINT)
    live.wait_log("interrupted")
    live.signal(signal.SIGINT)
    equal(live.wait().status, 130, "status")
    totals = exposition_of(t)
    equal(totals.value("mayfly_machines"), 0, "machines at the end")
    equal(totals.value("mayfly_tasks_total", verdict="cancelled", fault="cancelled"), 1, "cancelled tasks")
    equal([p.name for p in t.folder.glob("m.prom*")], ["m.prom"], "files")


@test("run: one task, measured; a file of samples goes on where it ended")
def one_task(t):
    for _ in range(2):
        ended = t.run("true", options=("--metrics", "m.csv", "--metrics", "m.prom", "--meta", "meta.json"))
        equal((ended.status, ended.err), (0, ""), "end")
    record = json.loads((t.folder / "meta.json").read_text())
    mine = [s for s in samples_of(t, "m.csv") if s.get("task") == "run" and s["last"] == "true"]
    equal(len(mine), 2, "tasks in the file")
    equal({k: mine[1][k] for k in USED if k in mine[1]}, counted(record["usage"]["host"]), "usage")
    totals = exposition_of(t)
    equal(totals.value("mayfly_tasks_total", verdict="ok", fault="none"), 1, "tasks")
    check_histograms(totals, [record])


@test("a file that cannot be written is refused at the start, or given up with a word")
def bad_files(t):
    for path, word in (("m.txt", ".prom"), ("no/m.csv", "no/m.csv"), ("no/m.prom", "no/m.prom")):
        ended = t.batch([], "--metrics", path)
        equal((ended.status, ended.out), (2, b""), f"end with {path}")
        contains(ended.err, word, "stderr")
    equal(t.run("true", options=("--metrics", "m.txt")).status, 125, "status of run")
    equal(t.batch([], "--metrics", "m.csv", "--metrics-interval", "1ms").status, 2, "status with an interval too short")
    (t.folder / "m.ndjson").symlink_to("/dev/full")
    ended = t.batch([shell("echo hi", id="x")], "--metrics", "m.ndjson")
    equal((ended.status, ended.records()[0]["verdict"]), (0, "ok"), "end")
    equal(ended.err.count("No space left"), 1, "words about it")
