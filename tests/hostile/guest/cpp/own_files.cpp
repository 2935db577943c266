// SPDX-License-Identifier: Apache-2.0
// Writes a file of numbers and their squares, reads it, renames it and lists its directory.
#include <bits/stdc++.h>

namespace fs = std::filesystem;

int main() {
  const fs::path folder = "made/here";
  fs::create_directories(folder);
  if (std::ofstream file(folder / "b.txt"); file) {
    for (int n = 1; n <= 1000; ++n) file << n << ' ' << n * n << '\n';
  }
  long count = 0, sum = 0;
  std::ifstream file(folder / "b.txt");
  for (long n, square; file >> n >> square; sum += square) ++count;
  fs::rename(folder / "b.txt", folder / "c.txt");
  std::ofstream(folder / "a.txt").flush();
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  std::cout << count << ' ' << sum << '\n' << *names.begin() << ' ' << *names.rbegin() << '\n';
}
