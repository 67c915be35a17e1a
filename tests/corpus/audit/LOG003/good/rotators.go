package logs

import (
	"io"
	"os"
	"strconv"
	"time"

	rotatelogs "github.com/lestrrat-go/file-rotatelogs"
	"gopkg.in/natefinch/lumberjack.v2"
)

// Six months at their longest.
func sixMonths() io.Writer {
	return &lumberjack.Logger{Filename: "app.log", MaxAge: 184}
}

// MaxAge 0 keeps files for ever.
func forEver() io.Writer {
	return &lumberjack.Logger{Filename: "app.log", MaxSize: 200}
}

// The age comes from outside: nothing is known.
func configured() io.Writer {
	age, _ := strconv.Atoi(os.Getenv("LOG_DAYS"))
	return &lumberjack.Logger{Filename: "app.log", MaxAge: age}
}

// Set later to what is asked for.
func setLater() *lumberjack.Logger {
	made := &lumberjack.Logger{Filename: "app.log"}
	made.MaxAge = 366
	return made
}

type cache struct {
	MaxAge     int
	MaxBackups int
}

// Another type's MaxAge.
func httpCache() cache {
	return cache{MaxAge: 30, MaxBackups: 2}
}

// Half a year of daily files.
func halfYear() (*rotatelogs.RotateLogs, error) {
	return rotatelogs.New("access.%Y%m%d", rotatelogs.WithMaxAge(190*24*time.Hour))
}
