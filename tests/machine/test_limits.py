# SPDX-License-Identifier: Apache-2.0
"""What a task may use: each limit is kept, and said to be the reason where it was."""

import os
import signal

import cgroups
from harness import Skip, by_id, check, contains, equal, records_of, shell, test

MIB = 1 << 20
RUN_FAILED = 125
SPIN = "while :; do :; done"
WRITE = "dd if=/dev/zero of=big bs=1M count={} 2>/dev/null"


def one(t, task, *options, **more):
    (record,) = t.batch([task], "--retries", "0", *options, **more).records()
    return record


def verdict(record):
    return record["verdict"], record["fault"], record["evidence"]


def touch(mib, **fields):
    """A program that uses so much memory at once, and next to none beside it."""
    return {"argv": ["dd", "if=/dev/zero", "of=/dev/null", f"bs={mib}M", "count=1"], **fields}


# --- Memory -------------------------------------------------------------------------------------------------


@test("memory: 8 MiB below the limit is ok, 8 MiB above it is memory_exceeded, whatever the machine's size")
def memory_is_exact(t):
    sizes = (100, 128)
    tasks = [touch(limit + more, id=f"{limit}-{name}", limits={"memory_bytes": limit * MIB})
             for limit in sizes for name, more in (("below", -8), ("above", 8))]
    records = by_id(t.batch(tasks, "--retries", "0").records())
    for limit in sizes:
        equal(verdict(records[f"{limit}-below"]), ("ok", "none", "guest"), f"below {limit}")
        equal(verdict(records[f"{limit}-above"]), ("memory_exceeded", "task", "guest"), f"above {limit}")


@test("memory: the first machine of a template may fill all of its memory: with the default limit, too, it is memory_exceeded",
      limit=360)
def first_machine_of_a_template(t):
    # Half a minute and more where KVM is emulated itself.
    task = touch(540, limits={"timeout_ms": t.setting.slow(150_000)})
    for more in ([], ["--no-snapshot"]):
        record = one(t, task, "--pool", "0", *more)
        equal(verdict(record), ("memory_exceeded", "task", "guest"), f"verdict with {more}")


@test("memory: a program that kills itself near the limit is signalled, and nobody guesses otherwise")
def kills_itself(t):
    record = one(t, {"argv": ["python3", "-c", "import os; x = b'x' * (96 << 20); os.kill(os.getpid(), 9)"],
                     "limits": {"memory_bytes": 128 * MIB}})
    equal((verdict(record), record["signal"]), (("signalled", "task", "guest"), 9), "record")


@test("memory: a kill for want of it in the host's cgroup is infra_error, not the program's fault")
def host_out_of_memory(t):
    meta = t.folder / "meta.json"
    live = t.start("--log-level", "debug", "run", "-i", "--meta", meta, "--", "sh", "-c",
                   "echo begun; read line; dd if=/dev/zero of=/dev/null bs=300M count=1", stdin=-1)
    qemu = live.wait_moved("ready", "running")
    live.wait_out("begun")
    try:
        lower_memory(qemu)
    except Skip:
        live.kill()
        t.collect_orphans()
        t.sweep()
        raise
    live.say(b"go\n")
    ended = live.wait()
    (record,) = records_of(meta.read_bytes())
    equal((verdict(record), record["error"]["code"]), (("infra_error", "infra", "host"), "host_out_of_memory"), "record")
    equal(ended.status, RUN_FAILED, "status")


def lower_memory(pid):
    """Leaves a machine 32 MiB more than it uses now."""
    limit = cgroups.control_file(pid, "memory", "memory.max", "memory.limit_in_bytes")
    if not limit or cgroups.SHARED not in limit.parts:
        raise Skip("machines have no cgroup with the memory controller here")
    used = limit.with_name("memory.current" if limit.name == "memory.max" else "memory.usage_in_bytes")
    limit.write_text(str(int(used.read_text()) + 32 * MIB))


# --- Processor ----------------------------------------------------------------------------------------------


@test("cpu: a busy loop is cpu_exceeded, on the host's evidence, when the budget is used up and not before")
def cpu_exceeded(t):
    record = one(t, shell(SPIN, limits={"cpu_ms": 400, "timeout_ms": 60_000}))
    equal(verdict(record), ("cpu_exceeded", "task", "host"), "verdict")
    check("exit_code" not in record and "signal" not in record, f"an end of the program in {record}")
    contains(record["error"]["message"], "400 ms", "message")
    used, budget = record["usage"]["host"]["program_cpu_ns"], 400_000_000
    check(used >= budget, f"used only {used} of {budget} ns")
    check(record["timing"]["exec_ms"] * 1_000_000 * 2 >= budget, f"ended after {record['timing']['exec_ms']} ms")


@test("cpu: a program that sleeps longer than its budget is ok; so is one that ends in time")
def cpu_sleeps(t):
    budget = t.setting.slow(500)
    seconds = 1 + budget // 1000
    record = one(t, {"argv": ["sleep", str(seconds)], "limits": {"cpu_ms": budget}})
    equal(verdict(record), ("ok", "none", "guest"), "verdict")
    check(record["timing"]["exec_ms"] > budget, "it did not sleep longer than its budget")


@test("cpu: what a machine used before it was claimed is not the task's")
def cpu_before_the_claim(t):
    live = t.start_batch("--no-snapshot", "--pool", "1", "-j", "1", "--retries", "0")
    equal(live.ask(shell(":", id="first"))["verdict"], "ok")
    live.wait_pool(1)  # it has booted, which takes an emulated machine seconds
    budget_ms = t.setting.slow(150)
    record = live.ask({"id": "second", "argv": ["true"], "limits": {"cpu_ms": budget_ms}})
    live.stdin.close()
    live.wait()
    used, budget = record["usage"]["host"]["cpu_ns"], budget_ms * 1_000_000
    equal((verdict(record), record["machine"]["pool"]), (("ok", "none", "guest"), "hit"), "record")
    if used <= budget:
        raise Skip(f"a boot takes only {used} ns here, which is within the budget")


@test("cpu: under KVM what the host gave to others meanwhile is not the program's")
def stolen_time(t):
    if t.accelerator != "kvm":
        raise Skip("an emulated guest cannot tell")
    count = "i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done"
    tasks = [shell(count, id=f"t{n}", sandbox=True, limits={"memory_bytes": 64 * MIB}) for n in range(6)]
    for record in t.batch(tasks, "-j", "6", "--retries", "0").records():
        equal(verdict(record), ("ok", "none", "guest"), "verdict")
        usage = record["usage"]
        guest, host = usage["guest"]["user_ms"] + usage["guest"]["system_ms"], usage["host"]["cpu_ns"] / 1e6
        check(guest <= host, f"the guest says {guest} ms, and all of its machine had {host} ms")


@test("cpu: --cpu-time is the limit of a single program")
def cpu_time_flag(t):
    meta = t.folder / "meta.json"
    ended = t.run("sh", "-c", SPIN, options=("--cpu-time", "300ms", "--meta", meta))
    (record,) = records_of(meta.read_bytes())
    equal((verdict(record), ended.status), (("cpu_exceeded", "task", "host"), 128 + signal.SIGXCPU), "end")


@test("cpus: a quarter of a processor is at most a quarter, where there is a cpu controller")
def quarter(t):
    meta = t.folder / "meta.json"
    live = t.start("--log-level", "debug", "run", "--cpus", "0.25", "--meta", meta, "--", "sh", "-c",
                   f"echo begun; timeout 4 sh -c '{SPIN}'")
    qemu = live.wait_moved("ready", "running")
    live.wait_out("begun")
    quota = cgroups.control_file(qemu, "cpu", "cpu.max", "cpu.cfs_quota_us")
    text = quota.read_text().split()[0] if quota and cgroups.SHARED in quota.parts else ""
    live.wait()
    (record,) = records_of(meta.read_bytes())
    enforced = "cpus" in record["isolation"]["limits_enforced"]
    equal(enforced, "cpu" in record["isolation"]["cgroup"], "cpus is enforced where there is a controller")
    if not enforced:
        raise Skip("there is no cpu controller here")
    equal(text, "25000", "quota in the cgroup, of 100000")
    share = record["usage"]["host"]["cpu_ns"] / 1e6 / record["timing"]["exec_ms"]
    check(share < 0.6, f"it had {share:.2f} of a processor")


# --- Disk ---------------------------------------------------------------------------------------------------


@test("disk: below the limit is ok, also when all of it is written to the disk")
def disk_below(t):
    record = one(t, shell(WRITE.format(16) + "; sync; echo written", limits={"disk_bytes": 64 * MIB}))
    equal((verdict(record), record["stdout"]), (("ok", "none", "guest"), "written\n"), "record")


@test("disk: the error first: a program that is still writing is stopped, and it is disk_exceeded")
def disk_error_first(t):
    write = WRITE.format(64).replace("bs=1M", "bs=1M oflag=direct")
    record = one(t, shell(f"{write}; echo written; sleep 60", limits={"disk_bytes": 16 * MIB}))
    equal((verdict(record), record["stdout"]), (("disk_exceeded", "task", "host"), ""), "record")
    check("exit_code" not in record, f"an end of the program in {record}")


@test("disk: the exit first: a program that writes, and exits 0 before anything reached the disk, is disk_exceeded too")
def disk_exit_first(t):
    # Else a slow machine's kernel may have begun to write by itself.
    wait = "(cd /proc/sys/vm && echo 0 >dirty_writeback_centisecs && echo 90 >dirty_ratio && echo 80 >dirty_background_ratio)"
    record = one(t, shell(f"{wait}; {WRITE.format(32)}; echo written", limits={"disk_bytes": 16 * MIB}))
    equal((verdict(record), record["stdout"]), (("disk_exceeded", "task", "host"), "written\n"), "record")
    check("exit_code" not in record, f"an exit code, which no longer counts, in {record}")


@test("disk: --disk is the limit of a single program")
def disk_flag(t):
    meta = t.folder / "meta.json"
    ended = t.run("sh", "-c", WRITE.format(32), options=("--disk", "16M", "--meta", meta))
    (record,) = records_of(meta.read_bytes())
    equal((verdict(record), ended.status), (("disk_exceeded", "task", "host"), 128 + signal.SIGXFSZ), "end")


@test("disk: the neighbours of one that fills its disk go on, and a machine's limit is its own")
def disk_neighbours(t):
    tasks = [shell(WRITE.format(32) + "; sync", id=f"fills{n}", limits={"disk_bytes": 16 * MIB}) for n in range(2)]
    tasks += [shell(WRITE.format(32) + "; sync; echo written", id=f"free{n}") for n in range(2)]
    records = by_id(t.batch(tasks, "-j", "2", "--pool", "1", "--retries", "0").records())
    equal({name: record["verdict"] for name, record in records.items()},
          {"fills0": "disk_exceeded", "fills1": "disk_exceeded", "free0": "ok", "free1": "ok"}, "verdicts")


# --- Rates --------------------------------------------------------------------------------------------------


TIMED = """import os, mmap, time
def timed(flags, step):
    fd = os.open("/root/big" if os.geteuid() == 0 else "big", flags | os.O_DIRECT)
    start = time.monotonic()
    for _ in range(8): step(fd)
    print(time.monotonic() - start)
block = mmap.mmap(-1, 1 << 20)
timed(os.O_CREAT | os.O_WRONLY, lambda fd: os.write(fd, block))
timed(os.O_RDONLY, lambda fd: os.readv(fd, [block]))
"""


@test("io_bytes_per_s: 8 MiB at 4 MiB a second take over a second by the guest's clock, written and read, and less without it")
def io_rate(t):
    task = {"argv": ["python3", "-c", TIMED]}
    tasks = [task | {"id": "free"}, task | {"id": "throttled", "limits": {"io_bytes_per_s": 4 * MIB}}]
    records = by_id(t.batch(tasks, "-j", "1", "--retries", "0").records())
    for record in records.values():
        equal((record["verdict"], record["stderr"]), ("ok", ""), "end")
    free, throttled = ([float(word) for word in records[name]["stdout"].split()] for name in ("free", "throttled"))
    for what, fast, slow in zip(("write", "read"), free, throttled):
        check(slow >= 1, f"to {what} took only {slow} s")
        check(slow > fast, f"to {what} took {fast} s without a limit and {slow} s with it")


# --- What was used --------------------------------------------------------------------------------------------


@test("usage: processor time and memory are told; bytes written grow by what the program wrote")
def usage(t):
    tasks = [shell("sync", id="nothing"), shell(WRITE.format(24).replace("bs=1M", "bs=1M oflag=direct") + "; sync", id="writes")]
    records = by_id(t.batch(tasks, "-j", "1", "--retries", "0").records())
    used = {name: record["usage"]["host"] for name, record in records.items()}
    for name, host in used.items():
        equal(records[name]["verdict"], "ok", name)
        check(host["cpu_ns"] > 0 and host["memory_peak_bytes"] > MIB, f"{name}: {host}")
    if os.major(os.stat(t.home).st_dev) == 0:
        raise Skip("the state directory is on no disk: the kernel counts no bytes")
    check("read_bytes" in used["nothing"], f"read_bytes is not told: {used['nothing']}")
    # A machine writes a little by itself, and no two the same.
    grown = used["writes"]["write_bytes"] - used["nothing"]["write_bytes"]
    check(used["writes"]["write_bytes"] >= 24 * MIB and 20 * MIB <= grown < 96 * MIB, f"24 MiB were written, and {used} was counted")
