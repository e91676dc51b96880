"""What a job may ask of the kernel and of the file system: data, default deny.

Numbers are those of x86_64; on another machine the box refuses to start. A call that is in no table here answers
"no such call" (ENOSYS), as an older kernel would, so that libraries fall back. Hostile calls kill the process at once,
so that the verdict is honest and nothing can be tried twice.
"""

import errno
from dataclasses import dataclass
from typing import Final

AUDIT_ARCH_X86_64: Final = 0xC000003E
X32_BIT: Final = 0x40000000
SELF: Final = -1  # stands for the job's own process id, known only once it has been forked

LOW: Final = 0xFFFFFFFF
WHOLE: Final = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True)
class Check:
    """``arguments[argument] & mask`` must be one of ``values``."""

    argument: int
    mask: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Rule:
    """A call allowed when all checks hold; otherwise it fails with ``error``, or kills where that is None."""

    checks: tuple[Check, ...]
    error: int | None


ALLOW: Final[dict[str, int]] = {
    "read": 0, "write": 1, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8, "mmap": 9,
    "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
    "pread64": 17, "readv": 19, "writev": 20, "access": 21, "select": 23, "sched_yield": 24, "mremap": 25,
    "dup": 32, "dup2": 33, "nanosleep": 35, "getpid": 39, "exit": 60, "getcwd": 79, "readlink": 89,
    "getrlimit": 97, "getrusage": 98, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107,
    "getegid": 108, "getppid": 110, "getgroups": 115, "sigaltstack": 131, "gettid": 186, "futex": 202,
    "sched_getaffinity": 204, "getdents64": 217, "set_tid_address": 218, "restart_syscall": 219,
    "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "newfstatat": 262,
    "readlinkat": 267, "faccessat": 269, "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "dup3": 292,
    "getcpu": 309, "getrandom": 318, "statx": 332, "rseq": 334, "faccessat2": 439,
}  # fmt: skip

WRITING: Final = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000  # write-only, read-write, create, truncate, unnamed file
THREAD: Final = 0x100 | 0x800 | 0x10000  # CLONE_VM, CLONE_SIGHAND, CLONE_THREAD: a thread, never a process
NOT_A_THREAD: Final = (
    0x2000 | 0x4000 | 0x80 | 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
)  # ptrace, vfork, new time, mount, cgroup, uts, ipc, user, pid and net namespaces

RULES: Final[dict[str, tuple[int, Rule]]] = {
    "open": (2, Rule((Check(1, WRITING, (0,)),), errno.EROFS)),
    "openat": (257, Rule((Check(2, WRITING, (0,)),), errno.EROFS)),
    # TCGETS, TIOCGWINSZ, FIONREAD, FIONCLEX, FIOCLEX: what opening a file in Python asks
    "ioctl": (16, Rule((Check(1, LOW, (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)),), errno.ENOTTY)),
    # hints on the job's own memory; not those that page out or poison
    "madvise": (28, Rule((Check(2, LOW, (0, 1, 2, 3, 4, 8, 14, 15, 16, 17)),), errno.EINVAL)),
    # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC; locks and leases are a channel between jobs
    "fcntl": (72, Rule((Check(1, LOW, (0, 1, 2, 3, 1030)),), errno.EPERM)),
    "clone": (56, Rule((Check(0, THREAD | NOT_A_THREAD, (THREAD,)),), None)),
    "tgkill": (234, Rule((Check(0, LOW, (SELF,)),), None)),
    # PR_SET_NAME, PR_GET_NAME: threads are named
    "prctl": (157, Rule((Check(0, LOW, (15, 16)),), errno.EPERM)),
    # reading limits only, and only its own
    "prlimit64": (302, Rule((Check(0, LOW, (0, SELF)), Check(2, WHOLE, (0,))), errno.EPERM)),
}

REFUSE: Final[dict[str, tuple[int, int]]] = {
    "uname": (63, errno.EPERM),  # names the kernel and the host
    "sysinfo": (99, errno.EPERM),  # how busy the host is, and with how much memory: also a channel between jobs
    "flock": (73, errno.EPERM),
    "sched_setaffinity": (203, errno.EPERM),
}

KILL: Final[dict[str, int]] = {
    # the network
    "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47,
    "shutdown": 48, "bind": 49, "listen": 50, "getsockname": 51, "getpeername": 52, "socketpair": 53,
    "setsockopt": 54, "getsockopt": 55, "accept4": 288, "recvmmsg": 299, "sendmmsg": 307,
    # other processes
    "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "tkill": 200, "rt_sigqueueinfo": 129,
    "rt_tgsigqueueinfo": 297, "execveat": 322, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
    "kcmp": 312, "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438, "process_madvise": 440,
    "process_mrelease": 448, "migrate_pages": 256, "move_pages": 279,
    # System V objects, message queues
    "shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66, "shmdt": 67, "msgget": 68,
    "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "semtimedop": 220, "mq_open": 240, "mq_unlink": 241,
    "mq_timedsend": 242, "mq_timedreceive": 243, "mq_notify": 244, "mq_getsetattr": 245,
    # who it is and where
    "setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114, "setgroups": 116, "setresuid": 117,
    "setresgid": 119, "setfsuid": 122, "setfsgid": 123, "capset": 126, "personality": 135, "modify_ldt": 154,
    "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "unshare": 272, "setns": 308,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "mount_setattr": 442, "statmount": 457, "listmount": 458, "open_tree_attr": 467,
    # the machine
    "vhangup": 153, "_sysctl": 156, "adjtimex": 159, "acct": 163, "settimeofday": 164, "swapon": 167,
    "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173,
    "create_module": 174, "init_module": 175, "delete_module": 176, "quotactl": 179, "clock_settime": 227,
    "kexec_load": 246, "clock_adjtime": 305, "finit_module": 313, "kexec_file_load": 320, "quotactl_fd": 443,
    "syslog": 103, "uselib": 134, "lookup_dcookie": 212,
    # large or young parts of the kernel
    "add_key": 248, "request_key": 249, "keyctl": 250, "perf_event_open": 298, "fanotify_init": 300,
    "fanotify_mark": 301, "name_to_handle_at": 303, "open_by_handle_at": 304, "bpf": 321, "userfaultfd": 323,
    "io_setup": 206, "io_destroy": 207, "io_getevents": 208, "io_submit": 209, "io_cancel": 210,
    "io_pgetevents": 333, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
}  # fmt: skip

# Kernels from 6.14 and 6.18 let these by every seccomp filter (kernel/seccomp.c, seccomp_uprobe_exception), since the
# kernel itself puts them into traced programs. From anywhere but its own trampoline they fail or end the caller.
UNFILTERED: Final[dict[str, int]] = {"uretprobe": 335, "uprobe": 336}

# Landlock, over and above the read-only root: rights by the kernel interface's version that brought them.
LANDLOCK_FILE_RIGHTS: Final = ((1, 0x1FFF), (2, 0x2000), (3, 0x4000), (5, 0x8000))
LANDLOCK_READ_FILE: Final = 0x4
LANDLOCK_READ: Final = LANDLOCK_READ_FILE | 0x8  # read a file, list a folder
LANDLOCK_NETWORK: Final = 0x3  # bind and connect over TCP, from version 4
LANDLOCK_SCOPES: Final = 0x3  # abstract UNIX sockets and signals, from version 6

# The only environment inside: constants, the same on every machine (a fixed hash seed makes refits repeatable).
ENVIRONMENT: Final[dict[str, str]] = {
    "HOME": "/",
    "LANG": "C.UTF-8",
    "LD_LIBRARY_PATH": "/opt/lib",
    # one heap for all threads: a thread's own takes 64 MiB of what a job may use, and a thread that finds nothing left
    # when it begins leaves whoever started it waiting for ever
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime reports to its maker unless told not to
    "PATH": "/opt/python/bin",
    "PYTHONHASHSEED": "0",
    "PYTHONPATH": "/opt/bb:/opt/box",
}
