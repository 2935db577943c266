// SPDX-License-Identifier: Apache-2.0
//
// Sockets: there is none that QEMU would have to make or connect.
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "attempt.h"

namespace hostile {
namespace {

int make_socket(int family, int type, int protocol = 0) {
  return static_cast<int>(::syscall(SYS_socket, family, type, protocol));
}

Outcome connect_to(int fd, const void* address, std::size_t size) {
  if (fd < 0) return judge("socket", fd);
  return judge("connect", ::syscall(SYS_connect, fd, address, static_cast<socklen_t>(size)));
}

// With a zero in front the name is one without a file.
Outcome connect_unix(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), std::min(name.size(), sizeof address.sun_path));
  return connect_to(make_socket(AF_UNIX, SOCK_STREAM), &address, offsetof(sockaddr_un, sun_path) + name.size());
}

Outcome connect_abstract(const Attempt& attempt) { return connect_unix('\0' + attempt.text("name")); }
Outcome connect_path(const Attempt& attempt) { return connect_unix(attempt.text("path")); }

sockaddr_in loopback(long port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  return address;
}

Outcome connect_tcp(const Attempt& attempt) {
  const sockaddr_in address = loopback(attempt.number("port"));
  return connect_to(make_socket(AF_INET, SOCK_STREAM), &address, sizeof address);
}

Outcome send_udp(const Attempt& attempt) {
  const sockaddr_in address = loopback(attempt.number("port"));
  const int fd = make_socket(AF_INET, SOCK_DGRAM);
  if (fd < 0) return judge("socket", fd);
  return judge("sendto", ::sendto(fd, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

Outcome listen_tcp(const Attempt&) {
  const sockaddr_in address = loopback(0);
  const int fd = make_socket(AF_INET, SOCK_STREAM);
  if (fd < 0) return judge("socket", fd);
  if (::syscall(SYS_bind, fd, &address, sizeof address) < 0) return judge("bind", -1);
  return judge("listen", ::syscall(SYS_listen, fd, 1));
}

Outcome raw_socket(const Attempt&) { return judge("socket", make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
Outcome packet_socket(const Attempt&) { return judge("socket", make_socket(AF_PACKET, SOCK_RAW)); }
Outcome crypto_socket(const Attempt&) { return judge("socket", make_socket(AF_ALG, SOCK_SEQPACKET)); }

// To a port of our own: whoever else listens is none of our business.
Outcome vsock(const Attempt&) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = VMADDR_CID_ANY;
  address.svm_port = VMADDR_PORT_ANY;
  const int fd = make_socket(AF_VSOCK, SOCK_STREAM);
  if (fd < 0) return judge("socket", fd);
  return judge("bind", ::syscall(SYS_bind, fd, &address, sizeof address));
}

// Asks for all network devices.
Outcome netlink(const Attempt&) {
  struct {
    nlmsghdr header;
    ifinfomsg body;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  const int fd = make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0) return judge("socket", fd);
  if (::send(fd, &request, sizeof request, 0) < 0) return judge("send", -1);
  std::array<char, 8192> reply;
  return judge("recv", ::recv(fd, reply.data(), reply.size(), 0));
}

// A socket knows who made it, and newer kernels hand that process out.
Outcome signal_peer(const Attempt& attempt) {
  constexpr int kPeerPidfd = 77;  // SO_PEERPIDFD, since Linux 6.5
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (::syscall(SYS_getsockopt, attempt.number("fd"), SOL_SOCKET, kPeerPidfd, &pidfd, &size) < 0) {
    return judge("getsockopt", -1);
  }
  return judge("pidfd_send_signal", ::syscall(SYS_pidfd_send_signal, pidfd, attempt.number("signal"), nullptr, 0));
}

// A program that the kernel compiles and runs for every message.
Outcome filter_socket(const Attempt& attempt) {
  sock_filter accept = BPF_STMT(BPF_RET | BPF_K, ~0U);
  const sock_fprog program{1, &accept};
  return judge("setsockopt", ::syscall(SYS_setsockopt, attempt.number("fd"), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                                       sizeof program));
}

// Hands descriptor given=… to whoever is at the other end of a socket that we have.
Outcome send_descriptor(const Attempt& attempt) {
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const auto given = static_cast<int>(attempt.number("given"));
  std::memcpy(CMSG_DATA(header), &given, sizeof given);
  return judge("sendmsg", ::syscall(SYS_sendmsg, attempt.number("fd"), &message, 0));
}

// Its code in the kernel is another than that of all other bytes.
Outcome send_urgent(const Attempt& attempt) {
  return judge("sendto", ::syscall(SYS_sendto, attempt.number("fd"), "x", 1L, MSG_OOB, nullptr, 0));
}

constexpr Attack kAttacks[] = {
    {"send_urgent", send_urgent},
    {"connect_abstract", connect_abstract},
    {"connect_path", connect_path},
    {"connect_tcp", connect_tcp},
    {"send_udp", send_udp},
    {"listen_tcp", listen_tcp},
    {"raw_socket", raw_socket},
    {"packet_socket", packet_socket},
    {"crypto_socket", crypto_socket},
    {"vsock", vsock},
    {"netlink", netlink},
    {"send_descriptor", send_descriptor},
    {"signal_peer", signal_peer},
    {"filter_socket", filter_socket},
};

}  // namespace

std::span<const Attack> network_attacks() { return kAttacks; }

}  // namespace hostile
