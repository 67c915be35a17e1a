#!/bin/bash
go env -w GOPROXY=https://goproxy.cn,direct
go env -w GOSUMDB=off # want
