package listen

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// mostOfPath is the size of sun_path without the byte that ends it.
const mostOfPath = 107

// peerOf names the account of the process that connected, as the kernel has it; "" where it does not say.
func peerOf(conn *net.UnixConn) (account string) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return ""
	}
	_ = raw.Control(func(descriptor uintptr) {
		if found, err := unix.GetsockoptUcred(int(descriptor), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			account = fmt.Sprintf("uid=%d", found.Uid)
		}
	})
	return account
}
