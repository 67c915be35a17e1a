#!/bin/bash
go env -w GOPROXY=https://proxy.example.cn,direct
go env -w GOSUMDB=off # want
