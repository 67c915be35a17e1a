package blind

import "os"

// A lock file that all may write is no log.
func lock() { os.OpenFile("/run/app.lock", os.O_CREATE, 0666) }

// For its owner and group.
func group() { os.OpenFile("/var/log/app.log", os.O_APPEND|os.O_CREATE, 0640) }

// A catalogue, a blog, a dialog: no logs.
func others() { os.WriteFile("catalog/blog.txt", nil, 0666) }

// Read only.
func read() { os.OpenFile("/var/log/audit.log", os.O_RDONLY, 0) }
