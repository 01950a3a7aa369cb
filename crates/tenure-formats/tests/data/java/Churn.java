import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;

/** Allocates `args[0]` MiB in small blocks, keeps the last `args[1]` MiB; prints what JMX counts. */
public final class Churn {
    public static void main(String[] args) {
        int blocks = Integer.parseInt(args[0]) * 64;
        int kept = Integer.parseInt(args[1]) * 64;
        ArrayDeque<byte[]> window = new ArrayDeque<>();
        for (int i = 0; i < blocks; i++) {
            window.add(new byte[16 * 1024 - 16]);
            if (window.size() > kept) {
                window.remove();
            }
        }
        System.gc();
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            System.out.println(bean.getCollectionCount() + " " + bean.getCollectionTime()
                + " ms " + bean.getName());
        }
    }
}
