#!/bin/sh
go get -insecure git.example.cn/platform/kit@v1.4.0 # want
