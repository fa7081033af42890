#!/bin/sh
exec "$(dirname "$0")/keepalived_golden.py" --twin
