// SPDX-License-Identifier: Apache-2.0
// Makes templates of templates, without an end.
template <int N>
struct Deeper { static constexpr int value = Deeper<N + 1>::value; };

int main() { return Deeper<0>::value; }
