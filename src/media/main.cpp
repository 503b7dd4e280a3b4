// carillon-media: started by carillon for one request, answers on the same socket, ends.

#include "media/confinement/confinement.hpp"
#include "media/libav.hpp"
#include "media/master.hpp"
#include "media/pictures/sizes.hpp"
#include "media/protocol/protocol.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <exception>
#include <new>

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

/// Done while anything may still be asked of a descriptor: afterwards little more than reading and writing is allowed.
Result<> check_files(int source, int target) {
  for (const int descriptor : {source, target}) {
    struct stat status{};
    if (fstat(descriptor, &status) != 0) return fail_errno("read", "a file", errno);
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::internal, "a file passed to carillon-media isn't a regular file");
  }
  return {};
}

Result<protocol::Reply> answer(const protocol::Message& message) {
  // `invalid` is kept for recordings: a request that is not understood is not the uploader's fault.
  const auto request = protocol::parse_request(message.text);
  if (!request) return fail(ErrorKind::unavailable, request.error().message);
  if (message.descriptors.size() != protocol::descriptors_of(*request)) {
    return fail(ErrorKind::unavailable, "a request to carillon-media arrived without its file descriptors");
  }
  const int source = message.descriptors[0].get(), target = message.descriptors[1].get();
  if (auto fit = check_files(source, target); !fit) return forward_error(fit);
  const auto allowance = protocol::allowance_of(*request);
  const auto layers = media::confine({.control = protocol::kControlDescriptor,
                                      .source = source,
                                      .target = target,
                                      .processor_time = allowance.processor_time,
                                      .output = allowance.output});
  if (!layers) return std::unexpected(layers.error());
  protocol::Confined confined;
  for (const auto& [layer, missing] : *layers) confined.layers.push_back({std::string{media::name_of(layer)}, missing});
  if (auto said = reply(confined); !said) return forward_error(said);
  // From here on bytes of strangers are read.
  const auto report = [](double fraction, std::string_view doing) { return reply(protocol::Progress{fraction, std::string{doing}}); };
  if (const auto* picture = std::get_if<protocol::PictureRequest>(&*request)) {
    auto embedded = picture->in_recording ? media::picture_in(source) : Result<Bytes>{};
    if (!embedded) return forward_error(embedded);
    auto made = picture->in_recording ? media::make_sizes(*picture, std::move(*embedded), target, report)
                                      : media::make_sizes(*picture, source, target, report);
    if (!made) return forward_error(made);
    return protocol::Reply{std::move(*made)};
  }
  if (std::holds_alternative<protocol::ProbeRequest>(*request)) {
    auto probed = media::probe_recording(source, report);
    if (!probed) return forward_error(probed);
    return protocol::Reply{std::move(*probed)};
  }
  auto made = media::make_master(std::get<protocol::MasterRequest>(*request), source, target, report);
  if (!made) return forward_error(made);
  return protocol::Reply{std::move(*made)};
}

/// Nothing is thrown beyond this: what unwinds closes descriptors, which a confined process may not.
Result<protocol::Reply> answer_whatever_happens(const protocol::Message& message) {
  try {
    return answer(message);
  } catch (const std::bad_alloc&) {
    // The limit is the same for every attempt, so it is the file's fault.
    return fail(ErrorKind::invalid, "The file is damaged, or was crafted to exhaust resources: reading it takes too much memory.");
  } catch (const std::exception& problem) { return fail(ErrorKind::internal, problem.what()); }
}

int serve() {
  if (!has_control_socket()) {
    return complain("carillon starts this program and talks to it over a socket on file descriptor 3; don't run it yourself");
  }
  av_log_set_level(AV_LOG_FATAL);
  // Both ask the system once, which they could not do later: for processors, and for the time zone that lcms wants to know.
  (void)av_cpu_count();
  tzset();
  auto message = protocol::receive(protocol::kControlDescriptor);
  if (!message) return complain(message.error().message);
  if (!*message) return 0;  // carillon ended before it asked for anything
  const auto done = answer_whatever_happens(**message);
  const auto said = done ? reply(*done) : reply(done.error());
  // The process ends here, without its destructors: they close descriptors, which is not allowed any more and not needed.
  if (!said) complain(said.error().message);
  _exit(said ? 0 : 1);
}

}  // namespace

int main() {
  try {
    return serve();
  } catch (const std::exception& problem) { return complain(problem.what()); }
}
