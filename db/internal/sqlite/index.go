package sqlite

import (
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// index is a WAL-index that is open for reading: its descriptor, and its header as SQLite's own readers have it.
type index struct {
	descriptor int
	header     *[2 * markWords]uint64 // mapped; nil: it is read by its descriptor
}

const markWords = len(Mark{}) / 8

// newIndex maps the header. It stays mapped as long as the process lives, since requests may be reading it at any time:
// one page for each WAL-index.
func newIndex(descriptor int) *index {
	page, err := syscall.Mmap(descriptor, 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return &index{descriptor: descriptor}
	}
	return &index{descriptor, (*[2 * markWords]uint64)(unsafe.Pointer(&page[0]))} //nolint:gosec // a page is longer, and begins at a multiple of 8
}

// copies reads the two copies of the header; false: it could not be read. SQLite writes the second copy first.
func (i *index) copies() (first, second Mark, read bool) {
	if i.header != nil {
		return i.mapped()
	}
	var both [2 * len(Mark{})]byte
	n, err := syscall.Pread(i.descriptor, both[:], 0)
	return Mark(both[:len(Mark{})]), Mark(both[len(Mark{}):]), err == nil && n == len(both)
}

// mapped is copies by the mapped page. Where the file was cut short, the page is not there and reading it faults.
func (i *index) mapped() (first, second Mark, read bool) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		read = recover() == nil
	}()
	var both [2 * markWords]uint64
	for word := range both { // in this order, and no other: what is written last is read first
		both[word] = atomic.LoadUint64(&i.header[word])
	}
	copies := (*[2]Mark)(unsafe.Pointer(&both)) //nolint:gosec // of the same size
	return copies[0], copies[1], true
}
