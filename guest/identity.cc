// SPDX-License-Identifier: Apache-2.0
#include "guest/identity.h"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace mayfly::guest {
namespace {

std::string line_of(const std::string& hostname) { return "127.0.1.1\t" + hostname + "\n"; }

// Where the file ends without that line.
off_t end_without(int file, const std::string& line) {
  std::string last(line.size(), '\0');
  const off_t end = ::lseek(file, 0, SEEK_END);
  const off_t before = end - static_cast<off_t>(line.size());
  if (before < 0) return end;
  const ssize_t read = ::pread(file, last.data(), last.size(), before);
  return read == static_cast<ssize_t>(last.size()) && last == line ? before : end;
}

// The file then ends there. It is only made shorter where that is needed: a restored guest overwrites a line of the same
// length, which costs it no change of the file system.
bool put_at(int file, off_t at, const std::string& line) {
  const auto size = static_cast<ssize_t>(line.size());
  if (::pwrite(file, line.data(), line.size(), at) != size) return false;
  return ::lseek(file, 0, SEEK_END) == at + size || ::ftruncate(file, at + size) == 0;
}

std::string current_name() {
  char name[HOST_NAME_MAX + 1] = {};
  ::gethostname(name, HOST_NAME_MAX);
  return name;
}

Result<void> set_name(const std::string& hostname) {
  if (hostname.empty()) return {};
  const std::string before = current_name();
  if (::sethostname(hostname.data(), hostname.size()) != 0) return Error::system("set the host name", errno);
  return name_in_hosts("/etc/hosts", before, hostname);
}

// RNDADDENTROPY's argument: a header of two ints, then the bytes in whole words.
std::vector<int> pool_info(const std::string& entropy) {
  const std::size_t words = (entropy.size() + sizeof(int) - 1) / sizeof(int);
  std::vector<int> info(2 + words);
  info[0] = static_cast<int>(entropy.size() * 8);
  info[1] = static_cast<int>(entropy.size());
  std::memcpy(info.data() + 2, entropy.data(), entropy.size());
  return info;
}

Result<void> add_entropy(const std::string& entropy) {
  if (entropy.empty()) return {};
  const Fd pool(::open("/dev/urandom", O_RDWR | O_CLOEXEC));
  const auto info = pool_info(entropy);
  if (!pool || ::ioctl(pool.get(), RNDADDENTROPY, info.data()) != 0 ||
      ::ioctl(pool.get(), RNDRESEEDCRNG) != 0) {
    return Error::system("add entropy", errno);
  }
  return {};
}

}  // namespace

Result<void> set_clock(std::int64_t realtime_ns) {
  timespec now{};
  now.tv_sec = realtime_ns / kSecond;
  now.tv_nsec = realtime_ns % kSecond;
  if (realtime_ns == 0 || ::clock_settime(CLOCK_REALTIME, &now) == 0) return {};
  return Error::system("set the clock", errno);
}

Result<void> name_in_hosts(const char* path, const std::string& before, const std::string& hostname) {
  const Fd file(::open(path, O_RDWR | O_CLOEXEC));
  if (!file && errno == ENOENT) return {};
  const std::string line = line_of(hostname);
  if (file && put_at(file.get(), end_without(file.get(), line_of(before)), line)) return {};
  return Error::system(std::string("add the host name to ") + path, errno);
}

Result<void> assume_identity(const ResumeRequest& request) {
  if (auto done = add_entropy(request.entropy); !done) return done;
  if (auto done = set_clock(request.realtime_ns); !done) return done;
  return set_name(request.hostname);
}

}  // namespace mayfly::guest
