// SPDX-License-Identifier: Apache-2.0
//
// The guest channel: JSON Lines over the virtio-serial port kAgentPort. The host sends
// requests, the agent answers with replies; both ends use these types, and neither trusts
// the other: decode_* accepts any bytes and returns an Error that names the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace mayfly {

// The longest time that a request may name.
inline constexpr std::int64_t kMaxRequestMs = 7LL * 24 * 3600 * 1000;

inline constexpr const char* kAgentPort = "org.mayfly.agent.0";

// Where a task's checker lives: in memory that no other program is counted for, and in no other program's sandbox. One
// that is executed in the sandbox with this as its directory is the checker; what is put with this as `cwd` is its own.
inline constexpr const char* kCheckerDirectory = "/run/checker";

// The longest line on the channel, newline included.
constexpr std::size_t kMaxChannelLine = 1 << 20;

// The most raw bytes that one stream, stdin, put or get message carries: JSON may escape
// a byte as six characters, and the line must still fit.
constexpr std::size_t kMaxChunk = 128 * 1024;

// ---- host to guest ---------------------------------------------------------------------

// First request on a machine: sets its token, name, clock and entropy. Before it only
// `resume` is accepted, and then only without a token or with the template's.
struct ResumeRequest {
  std::string new_token;
  std::string hostname;
  std::int64_t realtime_ns = 0;
  std::string entropy;  // raw bytes, mixed into the guest's pool
};

// What holds a program that runs in the agent's sandbox (guest/cell.h). A number that is 0 is no limit.
struct Sandbox {
  std::string directory;          // absolute; made if absent; its own to write in, as are /tmp and /dev/shm; root's, on the disk
  std::int64_t processes = 0;     // with threads, at one time; beyond it fork(2) fails with EAGAIN
  std::int64_t open_files = 0;    // of each process; EMFILE
  std::int64_t file_bytes = 0;    // the longest file that it can write; SIGXFSZ or EFBIG
  std::int64_t cpu_ms = 0;        // of the whole tree, which is killed beyond it
  std::int64_t stdout_bytes = 0;  // what is sent of it; the tree is killed for one more
  std::int64_t stderr_bytes = 0;
  bool fresh = false;  // what is written in `directory` covers what is there, and is gone with the program
  bool keep = false;   // what it left in places of its own (/tmp) can be got until the next program runs, but a checker
};

// Runs a program. Streams both outputs while it runs and ends with an ExitReply, or a
// ErrorReply if it could not be started. One at a time: a second is refused.
struct ExecRequest {
  std::string bin;                // looked up in env's PATH when it holds no '/'
  std::vector<std::string> args;  // argv[1…]
  std::map<std::string, std::string> env;
  std::string cwd;  // created if absent
  std::int64_t timeout_ms = 0;  // wall; the whole process tree is killed when it is over
  bool stdin_open = false;      // false: end of file at once; true: StdinRequests follow
  std::optional<std::vector<std::string>> permissions;  // absent: unrestricted; empty: deny all
  std::optional<std::uint32_t> user;  // user and group id; absent: the agent's own
  std::int64_t realtime_ns = 0;       // not 0: sets the clock first, which a waiting guest's own drifts from
  std::int64_t memory_bytes = 0;      // of the whole process tree, which is killed beyond it; 0: no limit
  bool sync = false;                  // all that was written is on the disk before the program's end is told
  std::optional<Sandbox> sandbox = {};  // absent: it is confined by nothing; excludes `user`
  // Present: the program is started before there is a task for it, with this in its environment, too. It is to stop itself
  // (SIGSTOP) when it is ready, and that is acknowledged. The first request after it for the same program (bin, args,
  // env, cwd, sandboxed in the same directory or not at all) is given that process, under its own limits.
  std::optional<std::map<std::string, std::string>> prestart = {};
};

// More stdin for the running program; acknowledged when the program has taken it (or can
// no longer read), which is the flow control: at most one unacknowledged at a time.
struct StdinRequest {
  std::string data;
  bool eof = false;
};

// Sends a signal to the running program's process group.
struct SignalRequest {
  int number = 0;
};

// Ends the running program, as its own time-out would: the host's clock decides about a task's limits, and the agent's
// stands behind. Has no answer of its own: the ExitReply says timed_out, unless the program had ended before.
struct EndRequest {};

// Writes a file in chunks: offset 0 creates or truncates, parent directories are made,
// `eof` on the last chunk. Acknowledged chunk by chunk. Relative paths start at `cwd` and stay
// below it, and no path leads over a symbolic link. What is put below /tmp, programs in the sandbox
// find in the /tmp that each has of its own, but a checker.
struct PutRequest {
  std::string path;
  std::string cwd;
  std::uint32_t mode = 0644;
  std::int64_t offset = 0;
  std::string data;
  bool eof = false;
};

// Reads up to `max_bytes` of a regular file from `offset`; answered by a DataReply.
struct GetRequest {
  std::string path;
  std::string cwd;
  std::int64_t offset = 0;
  std::int64_t max_bytes = 0;
  std::int64_t most_bytes = 0;  // a file that has more behind the offset is refused; 0: none is
  bool confined = false;        // what a program in the sandbox could read: that whose places are kept (Sandbox)
};

// Built-in actions, answered by an ActionReply. `work` is a fixed piece of work, for the host to see what this machine's
// processor is worth; the agent does nothing else meanwhile.
enum class Action { ping, uname, id, work };
struct ActionRequest {
  Action action = Action::ping;
  bool wire_shape = false;  // asked as {"token","action"}: answered {"ok","stdout",…}
};

struct Request {
  std::int64_t id = 0;  // chosen by the host, echoed in each reply
  std::string token;
  std::variant<ResumeRequest, ExecRequest, StdinRequest, SignalRequest, EndRequest, PutRequest, GetRequest,
               ActionRequest>
      body;
};

// ---- guest to host ---------------------------------------------------------------------

struct ReadyReply {
  std::string agent;  // version
};

struct AckReply {};

struct StreamReply {
  bool is_stderr = false;
  std::string data;
};

// What the agent measured of the task's whole process tree, its own share left out.
struct GuestUsage {
  std::int64_t cpu_ms = 0;
  std::int64_t user_ms = 0;
  std::int64_t system_ms = 0;
  std::int64_t mem_kb = 0;  // peak
  std::int64_t io_kb = 0;
  std::int64_t wall_ms = 0;
};

// A limit of the sandbox's that the agent enforces by killing, under its name in the request.
enum class Limit { cpu_ms, stdout_bytes, stderr_bytes };

// The program ended: `code` or `signal` if it did by itself, or was killed for its memory; else
// timed_out or `exceeded`. A program that ended by itself may be found to have `exceeded` a limit.
struct ExitReply {
  std::optional<int> code;
  std::optional<int> signal;
  bool timed_out = false;
  bool out_of_memory = false;  // the task's cgroup counted an oom_kill
  GuestUsage usage;
  std::optional<Limit> exceeded = {};
  bool out_of_processes = false;  // the task's cgroup counted a fork that it refused
};

struct DataReply {
  std::string data;
  bool eof = false;
};

struct ActionReply {
  bool ok = true;
  std::string out;
  std::string err;
  int exit_code = 0;
  bool wire_shape = false;
};

// Why a request was refused. On the wire: {"status":"error","code":-1,"message":…}, with
// `reason` for programs.
enum class Refusal {
  invalid,      // malformed request; the message names the field
  token,        // wrong or missing token
  busy,         // a program is running already (or none is, for stdin and signal)
  permission,   // bin is not in the request's permissions
  not_found,    // no such program or file
  cannot_run,   // there, but cannot be executed
  failed,       // a system call failed; the message says which
};

struct ErrorReply {
  Refusal reason = Refusal::failed;
  std::string message;
};

struct Reply {
  std::optional<std::int64_t> id;  // absent in `ready`, and where the request had none
  std::variant<ReadyReply, AckReply, StreamReply, ExitReply, DataReply, ActionReply, ErrorReply>
      body;
};

// Each returns one line with its newline.
std::string encode(const Request& request);
std::string encode(const Reply& reply);

// `line` is without its newline. Unknown fields are an error.
Result<Request> decode_request(std::string_view line);
Result<Reply> decode_reply(std::string_view line);

std::string_view to_string(Refusal reason);
std::string_view to_string(Action action);
std::string_view to_string(Limit limit);

}  // namespace mayfly
