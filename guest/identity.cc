// SPDX-License-Identifier: Apache-2.0
#include "guest/identity.h"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace mayfly::guest {
namespace {

// As Debian's installer does it. The file is the image's, and has room for another line where it is on the disk.
Result<void> add_to_hosts(const std::string& hostname) {
  const std::string line = "127.0.1.1\t" + hostname + "\n";
  const Fd hosts(::open("/etc/hosts", O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!hosts && errno == ENOENT) return {};  // an image may do without
  if (hosts && ::write(hosts.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return {};
  return Error::system("add the host name to /etc/hosts", errno);
}

Result<void> set_name(const std::string& hostname) {
  if (hostname.empty()) return {};
  if (::sethostname(hostname.data(), hostname.size()) != 0) return Error::system("set the host name", errno);
  return add_to_hosts(hostname);
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

Result<void> assume_identity(const ResumeRequest& request) {
  if (auto done = add_entropy(request.entropy); !done) return done;
  if (auto done = set_clock(request.realtime_ns); !done) return done;
  return set_name(request.hostname);
}

}  // namespace mayfly::guest
