// SPDX-License-Identifier: Apache-2.0
// Talks to the outside.
using System.Net;
using System.Net.Sockets;

class Program {
    static int Main() {
        foreach (var host in new[] { "10.0.2.2", "8.8.8.8", "169.254.169.254" })
            Attempt.At("tcp " + host, () => new TcpClient().Connect(IPAddress.Parse(host), 80));
        Attempt.At("udp", () => new UdpClient().Send(new byte[1], 1, new IPEndPoint(IPAddress.Parse("8.8.8.8"), 53)));
        Attempt.At("raw", () => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp));
        return Attempt.Failed;
    }
}
