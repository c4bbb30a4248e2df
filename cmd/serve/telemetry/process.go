package telemetry

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process writes what every Prometheus client reports of its process, under the usual names. What the system does not say
// is left out.
func (p *page) process(started time.Time) {
	p.one("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", float64(started.UnixMilli())/1000)
	p.one("go_goroutines", "gauge", "Goroutines that exist.", float64(runtime.NumGoroutine()))
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		p.one("process_cpu_seconds_total", "counter", "Processor time used, of user and system.", used.Seconds())
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		fields := strings.Fields(string(statm))
		if pages, err := strconv.ParseInt(fields[min(1, len(fields)-1)], 10, 64); err == nil {
			p.one("process_resident_memory_bytes", "gauge", "Resident memory, in bytes.", float64(pages*int64(os.Getpagesize())))
		}
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		p.one("process_open_fds", "gauge", "Open file descriptors.", float64(len(open)-1)) // less the one that reads them
	}
}
