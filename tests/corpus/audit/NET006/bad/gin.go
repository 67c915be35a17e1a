package main

import (
	"github.com/gin-contrib/pprof"
	"github.com/gin-gonic/gin"
)

func main() {
	r := gin.New()
	pprof.Register(r) // want
	panic(r.Run("10.0.0.5:8080"))
}
