// Packets with descriptors over a SOCK_SEQPACKET socket pair (unix(7)).

#include "media/protocol/protocol.hpp"

#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace carillon::media::protocol {
namespace {

/// Room for the ancillary data of kMaxDescriptors descriptors.
struct alignas(cmsghdr) Ancillary {
  std::array<std::byte, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> bytes{};
};

}  // namespace

Result<SocketPair> make_socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("create a socket pair for", "carillon-media", errno);
  return SocketPair{FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

Result<> send(int socket, std::string_view text, std::span<const int> descriptors) {
  if (text.empty() || text.size() > kLongestMessage) {
    return fail(ErrorKind::internal, "a message between carillon and carillon-media is empty or longer than 16 KiB");
  }
  if (descriptors.size() > kMaxDescriptors)
    return fail(ErrorKind::internal, "a message to carillon-media carries too many file descriptors");
  iovec part{const_cast<char*>(text.data()), text.size()};
  Ancillary ancillary;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = ancillary.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail_errno("send a message between", "carillon and carillon-media", errno);
  return {};
}

Result<std::optional<Message>> receive(int socket) {
  std::string text(kLongestMessage, '\0');
  iovec part{text.data(), text.size()};
  Ancillary ancillary;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = ancillary.bytes.size();
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  // A peer that died with unread packets resets the connection; to us that is an end like any other.
  if (received < 0 && errno != ECONNRESET) return fail_errno("receive a message between", "carillon and carillon-media", errno);
  Message result;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); received >= 0 && header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor;
      std::memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
      result.descriptors.emplace_back(descriptor);
    }
  }
  if (received <= 0) return std::optional<Message>{};
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return fail(ErrorKind::invalid,
                "a message between carillon and carillon-media is longer than 16 KiB or carries too many file descriptors");
  }
  text.resize(static_cast<std::size_t>(received));
  result.text = std::move(text);
  return std::optional<Message>{std::move(result)};
}

}  // namespace carillon::media::protocol
