// SPDX-License-Identifier: Apache-2.0
// Has a type that takes the checker exponential time.
type Twice<T, N extends number, A extends unknown[] = []> = A["length"] extends N ? T : Twice<[T, T], N, [...A, 1]> | Twice<[T], N, [...A, 1]>;
const x: Twice<1, 60> = 1;
console.log(x);
