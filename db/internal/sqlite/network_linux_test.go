package sqlite_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"latchkey/db/internal/sqlite"
)

// TestNetworkName: what statfs(2) lists for the file systems that several machines write to, and for those of one machine.
func TestNetworkName(t *testing.T) {
	t.Parallel()
	for number, want := range map[int64]string{
		0x6969: "NFS", 0xff534d42: "SMB", -0xacb2be: "SMB", 0xfe534d42: "SMB", 0x517b: "SMB", 0x01021997: "9p", 0x00c36400: "Ceph",
		0x0bd00bd0: "Lustre", 0xef53: "", 0x58465342: "", 0x9123683e: "", 0x01021994: "", 0x794c7630: "", 0x65735546: "", 0x2fc12fc1: "",
	} {
		if got := sqlite.NetworkName(&unix.Statfs_t{Type: number}); got != want {
			t.Errorf("%#x: got %q, want %q", number, got, want)
		}
	}
}
