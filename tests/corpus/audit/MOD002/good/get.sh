#!/bin/sh
go get git.example.cn/platform/kit@v1.4.0
