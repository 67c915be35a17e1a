#!/bin/sh
curl -skLo tool https://dl.example.cn/tool # want
echo "$SUM  tool" | sha256sum -c -
