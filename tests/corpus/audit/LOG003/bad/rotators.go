package logs

import (
	"io"
	"time"

	rotatelogs "github.com/lestrrat-go/file-rotatelogs"
	"gopkg.in/natefinch/lumberjack.v2"
)

const days = 4 * 7

func month() io.Writer {
	return &lumberjack.Logger{
		Filename: "app.log",
		MaxAge:   30, // want
	}
}

func almostSixMonths() io.Writer {
	return &lumberjack.Logger{Filename: "app.log", MaxAge: 180} // want
}

func byConstant() *lumberjack.Logger {
	made := &lumberjack.Logger{Filename: "audit.log"}
	made.MaxAge = days // want
	return made
}

func zeroValue() *lumberjack.Logger {
	var made lumberjack.Logger
	made.Filename = "audit.log"
	made.MaxAge = 7 // want
	return &made
}

func byCount() io.Writer {
	return &lumberjack.Logger{
		Filename:   "app.log",
		MaxSize:    100,
		MaxBackups: 10, // want
		MaxAge:     184,
	}
}

func week() (*rotatelogs.RotateLogs, error) {
	return rotatelogs.New("access.%Y%m%d", rotatelogs.WithMaxAge(7*24*time.Hour)) // want
}
