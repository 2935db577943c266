// SPDX-License-Identifier: Apache-2.0
#include "guest/lookup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "guest/directory.h"
#include "helpers.h"
#include "protocol/default_path.h"

namespace mayfly::test {
namespace {

using namespace guest;

struct Place {
  Place() {
    ::chmod(directory.write("bin/tool", "#!/bin/sh\n").c_str(), 0755);
    directory.write("bin/text", "no program");
    ::chmod(directory.write("other/text", "#!/bin/sh\n").c_str(), 0755);
    ::symlink("tool", (directory / "bin/alias").c_str());
    cwd = Fd(::open(directory.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }

  Result<std::string> find(const std::string& bin, const std::string& path) const {
    return find_program(cwd.get(), bin, path);
  }
  bool allows(const std::vector<std::string>& list, const std::string& bin,
              const std::string& program) const {
    return is_permitted(list, bin, program, cwd.get());
  }

  TempDirectory directory;
  Fd cwd;
};

TEST_CASE("a program is looked up in PATH, entry by entry") {
  const Place place;
  CHECK(*place.find("tool", "/nowhere:" + place.directory / "bin") == place.directory / "bin/tool");
  CHECK(*place.find("tool", "bin") == "bin/tool");
  CHECK(*place.find("text", "bin:other") == "other/text");
  CHECK(place.find("tool", "").error().code() == ENOENT);
  CHECK(place.find("bin", "").error().code() == ENOENT);
  CHECK(message_of(place.find("tool", "/nowhere")) == "tool: no such file or directory");
}

TEST_CASE("an empty PATH entry is the working directory") {
  const Place place;
  const Fd bin(::openat(place.cwd.get(), "bin", O_PATH | O_CLOEXEC));
  CHECK(*find_program(bin.get(), "tool", ":/nowhere") == "./tool");
  CHECK(*find_program(bin.get(), "tool", "/nowhere:") == "./tool");
}

TEST_CASE("a name with a slash is taken as it is") {
  const Place place;
  CHECK(*place.find("bin/tool", "/nowhere") == "bin/tool");
  CHECK(*place.find(place.directory / "bin/tool", "") == place.directory / "bin/tool");
  CHECK(message_of(place.find("/no/such", "")) == "/no/such: no such file or directory");
  CHECK(place.find("bin/tool/x", "").error().code() == ENOENT);
}

TEST_CASE("what is there but no program is told apart from what is missing") {
  const Place place;
  CHECK(place.find("bin/text", "").error().code() == EACCES);
  CHECK(place.find("text", "bin").error().code() == EACCES);
  CHECK(place.find("./bin", "").error().code() == EISDIR);
}

TEST_CASE("env's PATH is used, or else the usual one") {
  ExecRequest request;
  CHECK(search_path(request) == kDefaultPath);
  request.env["PATH"] = "/opt/bin";
  CHECK(search_path(request) == "/opt/bin");
  request.env["PATH"] = "";
  CHECK(search_path(request).empty());
}

TEST_CASE("permissions name a program as written, by its path, or by its real path") {
  const Place place;
  const std::string tool = place.directory / "bin/tool";
  CHECK(is_permitted(std::nullopt, "tool", "bin/tool", place.cwd.get()));
  CHECK_FALSE(place.allows({}, "tool", "bin/tool"));
  CHECK(place.allows({"tool"}, "tool", "bin/tool"));
  CHECK(place.allows({"x", tool}, "tool", "bin/tool"));
  CHECK(place.allows({tool}, "alias", "bin/alias"));
  CHECK(place.allows({tool}, "./bin/../bin/tool", "./bin/../bin/tool"));
  CHECK_FALSE(place.allows({tool}, "text", "other/text"));
  CHECK_FALSE(place.allows({"bin"}, "tool", "bin/tool"));
}

TEST_CASE("a working directory is made with its parents") {
  const TempDirectory directory;
  CHECK(open_working_directory(directory / "a/b//c/").ok());
  CHECK(open_working_directory(directory / "a/b//c/").ok());
  CHECK(::access((directory / "a/b/c").c_str(), F_OK) == 0);
  directory.write("file", "");
  CHECK(open_working_directory(directory / "file").error().code() == ENOTDIR);
  CHECK(open_working_directory(directory / "file/below").error().code() == ENOTDIR);
}

}  // namespace
}  // namespace mayfly::test
