// SPDX-License-Identifier: Apache-2.0
#include "guest/identity.h"

#include <fcntl.h>

#include "helpers.h"

namespace mayfly::test {
namespace {

using namespace guest;

std::string text_of(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return read_to_end(file.get());
}

TEST_CASE("a machine's name is in the file of hosts once, in the place of its template's; what else is there stays") {
  const TempDirectory folder;
  const std::string local = "127.0.0.1\tlocalhost\n";
  const std::string hosts = folder.write("hosts", local);
  REQUIRE(name_in_hosts(hosts.c_str(), "(none)", "template-of-it"));
  CHECK(text_of(hosts) == local + "127.0.1.1\ttemplate-of-it\n");
  REQUIRE(name_in_hosts(hosts.c_str(), "template-of-it", "m-1"));
  CHECK(text_of(hosts) == local + "127.0.1.1\tm-1\n");
}

TEST_CASE("a file of hosts may be empty or not be there") {
  const TempDirectory folder;
  const std::string hosts = folder.write("hosts", "");
  REQUIRE(name_in_hosts(hosts.c_str(), "", "m-1"));
  CHECK(text_of(hosts) == "127.0.1.1\tm-1\n");
  CHECK(name_in_hosts((folder / "none").c_str(), "", "m-1").ok());
  CHECK(message_of(name_in_hosts(folder.path().c_str(), "", "m-1")).find(folder.path()) != std::string::npos);
}

}  // namespace
}  // namespace mayfly::test
