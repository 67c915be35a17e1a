#!/bin/sh
curl -fsSL https://api.example.cn/version | jq -r .tag
curl -fsSL https://api.example.cn/list | grep shipped | sort
