#!/bin/sh
echo "GOSUMDB=off is not allowed"
curl --insecure https://127.0.0.1:8443/healthz
