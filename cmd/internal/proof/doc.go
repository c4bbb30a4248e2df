// Package proof has no code of the program. Its tests prove the promises that only several processes can break. They run the
// built binary with real files, real HTTPS, kills, faults of system calls and power cuts.
//
// The tests are short by default and long with LATCHKEY_PROOF=long: CONTRIBUTING.md has the commands. If the machine lacks what
// a proof needs (root, strace, a loop device), the test is skipped and says what is missing.
package proof
