// Package proof has no code of the program: its tests prove the promises that take more than one process to break. They
// run the built binary with real files, real HTTPS, kills, faults of system calls and cuts of power.
//
// The tests are short by default. With LATCHKEY_PROOF=long they take as long as is worth it; CONTRIBUTING.md has the
// commands. What a proof needs and the machine does not have (root, strace, a loop device) is named where it is skipped.
package proof
