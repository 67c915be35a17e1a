#!/bin/sh
goreleaser release --snapshot --clean
kubectl apply --dry-run=server -f manifests/
