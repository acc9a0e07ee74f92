#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The first process of the virtual computer: tests/vm/inside.sh CHECKOUT PYTEST_ARGUMENTS...
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
busybox ip address add 127.0.0.1/8 dev lo 2>/dev/null
busybox ip link set lo up

# A group of its own with the controllers handed down, as systemd's Delegate=yes makes it.
groups=/sys/fs/cgroup
mount -t cgroup2 cgroup2 $groups
own=$groups/system.slice/spinnlab-hub.service
mkdir -p $own
for folder in $groups $groups/system.slice; do
    echo "+memory +cpu +pids" >$folder/cgroup.subtree_control
done
echo $$ >$own/cgroup.procs

cd "$1" || exit 1
printf 'vm: %s, groups of version 2: %s\n' "$(uname -r)" "$(<$groups/cgroup.controllers)"
SPINNLAB_SLOW=1 .venv/bin/python -m pytest -p no:cacheprovider -o timeout=2400 "${@:2}" |
    tee /run/said
# What is skipped for want of control groups is what this computer is for.
[[ ${PIPESTATUS[0]} -eq 0 ]] && ! grep -q '[0-9] skipped' /run/said && echo "vm: passed"
sync
echo o >/proc/sysrq-trigger
sleep 60
