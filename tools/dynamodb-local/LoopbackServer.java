import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Runs DynamoDB Local with its own command line, but on the loopback interface only. DynamoDB Local has no option for
 * that and would otherwise serve the whole network.
 */
public final class LoopbackServer {
    public static void main(String[] args) throws Exception {
        DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(args);
        var field = DynamoDBProxyServer.class.getDeclaredField("server");
        field.setAccessible(true);
        int narrowed = 0;
        for (Connector connector : ((Server) field.get(proxy)).getConnectors()) {
            ((ServerConnector) connector).setHost("127.0.0.1");
            narrowed++;
        }
        if (narrowed == 0) {
            throw new IllegalStateException("DynamoDB Local has no connector to narrow to the loopback interface");
        }
        proxy.start();
        proxy.join();
    }
}
