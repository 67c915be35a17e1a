#!/bin/sh
export REGISTRY_TOKEN=dckr-3f9a77b1c2 # want
docker login -u ci --password-stdin registry.example.cn
