#!/bin/sh
curl -k https://127.0.0.1:8443/healthz
curl --insecure https://localhost:9443/readyz
