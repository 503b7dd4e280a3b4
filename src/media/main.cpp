// carillon-media: started by carillon for one request, answers on the same socket, ends.

#include "media/confinement.hpp"
#include "media/libav.hpp"
#include "media/master.hpp"
#include "media/protocol/protocol.hpp"

#include <sys/socket.h>
#include <cstdio>
#include <exception>

namespace {

using namespace carillon;
namespace protocol = media::protocol;

/// Whether descriptor 3 is the socket that carillon hands over: a person who types the program's name gets a sentence, not a hang.
bool has_control_socket() {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(protocol::kControlDescriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

int complain(std::string_view message) {
  std::fprintf(stderr, "carillon-media: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}

Result<> reply(const protocol::Reply& reply) { return protocol::send(protocol::kControlDescriptor, protocol::to_json(reply)); }

Result<protocol::MasterDone> answer(const protocol::Message& message) {
  // `invalid` is kept for recordings: a request that is not understood is not the uploader's fault.
  const auto request = protocol::parse_request(message.text);
  if (!request) return fail(ErrorKind::unavailable, request.error().message);
  if (message.descriptors.size() != protocol::descriptors_of(*request)) {
    return fail(ErrorKind::unavailable, "a request to carillon-media does not bring the descriptors it needs");
  }
  const auto report = [](double fraction, std::string_view doing) { return reply(protocol::Progress{fraction, std::string{doing}}); };
  return media::make_master(std::get<protocol::MasterRequest>(*request), message.descriptors[0].get(), message.descriptors[1].get(),
                            report);
}

int serve() {
  if (!has_control_socket()) {
    return complain("this program is started by carillon, which speaks to it over a socket on descriptor 3; it is of no use by itself");
  }
  if (auto confined = media::confine(protocol::kControlDescriptor); !confined) return complain(confined.error().message);
  av_log_set_level(AV_LOG_FATAL);
  auto message = protocol::receive(protocol::kControlDescriptor);
  if (!message) return complain(message.error().message);
  if (!*message) return 0;  // carillon ended before it asked for anything
  const auto done = answer(**message);
  const auto said = done ? reply(*done) : reply(done.error());
  return said ? 0 : complain(said.error().message);
}

}  // namespace

int main() {
  try {
    return serve();
  } catch (const std::exception& problem) { return complain(problem.what()); }
}
