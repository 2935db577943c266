// SPDX-License-Identifier: Apache-2.0
// Makes 2^40 templates, at no great depth.
template <int Depth, long Path>
struct Tree { static constexpr long value = Tree<Depth - 1, 2 * Path>::value + Tree<Depth - 1, 2 * Path + 1>::value; };

template <long Path>
struct Tree<0, Path> { static constexpr long value = 1; };

int main() { return Tree<40, 0>::value == 0; }
