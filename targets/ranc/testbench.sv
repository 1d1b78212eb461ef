// Plays all samples on grids of RANC cores, each sample on a grid of its own, and compares what the output bus says.
//
// The cores read their memories from the files in the folder that the bench runs in, and stand there as they are loaded:
// that is why each sample has its own grid. Beside Verilog-2005 the bench uses $fatal alone.
//     -D DUT=my_grid                    another module as the grid
// Prints PASS and ends, or FAIL with the first difference and ends with an error.
`timescale 1ns / 1ps
`ifndef DUT
`define DUT RANCNetworkGrid
`endif

// One sample. The files are read line by line; what is not meant for a machine is a comment to it.
module grid_bench #(
    parameter integer INDEX = 0,             // of the sample, from 0
    parameter PACKETS = "@packets@",         // tick before which a packet is sent, its word in binary
    parameter EXPECTED = "@expected@",       // tick, line of the output bus
    parameter integer TICKS = @ticks@,
    parameter integer LINES = @lines@,       // of the output bus
    parameter integer WIDTH = @width@,       // bits of a packet
    parameter integer SWEEP = @sweep@,       // clocks in which the cores update their neurons
    parameter integer DRAIN = @drain@,       // clocks in which the routers deliver what is on the way
    parameter integer PATIENCE = 1 << 20     // clocks until a packet that is not taken is given up
) (
    output reg done
);
    localparam LINE = 8*128; // bits of the longest line of a file
    reg clk, rst, tick, empty;
    reg [WIDTH-1:0] packet_in;
    wire [$clog2(LINES)-1:0] packet_out;
    wire packet_out_valid, take, token_controller_error, scheduler_error;

    reg [LINE-1:0] packet_text, expected_text;
    integer packets, expected, now, k, quiet, packet_got, expected_got, number;
    integer is_packet, packet_tick, is_expected, expected_tick, expected_line;
    integer sent, outputs;
    integer count [0:LINES-1]; // of the tick: what came, less what was expected
    reg [WIDTH-1:0] word;

    `DUT #(
        .GRID_DIMENSION_X(@columns@), .GRID_DIMENSION_Y(@rows@),
        .OUTPUT_CORE_X_COORDINATE(@x@), .OUTPUT_CORE_Y_COORDINATE(@y@), .NUM_OUTPUTS(LINES),
        .NUM_NEURONS(@neurons@), .NUM_AXONS(@axons@), .NUM_TICKS(@slots@), .NUM_WEIGHTS(@types@),
        .POTENTIAL_WIDTH(@potential@), .WEIGHT_WIDTH(@weight@), .LEAK_WIDTH(@leak@), .THRESHOLD_WIDTH(@threshold@),
        .DX_MSB(@dx_high@), .DX_LSB(@dx_low@), .DY_MSB(@dy_high@), .DY_LSB(@dy_low@), .MEMORY_FILEPATH("./")
    ) grid (
        .clk(clk), .rst(rst), .tick(tick),
        .input_buffer_empty(empty), .packet_in(packet_in), .ren_to_input_buffer(take),
        .packet_out(packet_out), .packet_out_valid(packet_out_valid),
        .token_controller_error(token_controller_error), .scheduler_error(scheduler_error)
    );

    initial clk = 0;
    always #1 clk = ~clk;

@read_line@

    // Leaves a file behind the comment that begins the sample.
    task find_sample(input integer file);
        begin
            k = -1;
            packet_got = 1;
            while (k < INDEX && packet_got != 0) begin
                read_line(file, packet_got, packet_text);
                if ($sscanf(packet_text, "// sample %d", number) == 1)
                    k = k + 1;
            end
            if (k < INDEX) begin
                $display("FAIL: sample number %0d is not in the files", INDEX);
                $fatal(1);
            end
        end
    endtask

    task next_packet;
        begin
            read_line(packets, packet_got, packet_text);
            is_packet = packet_got != 0 && $sscanf(packet_text, "%d %b", packet_tick, word) == 2;
        end
    endtask

    task next_expected;
        begin
            read_line(expected, expected_got, expected_text);
            is_expected = expected_got != 0 && $sscanf(expected_text, "%d %d", expected_tick, expected_line) == 2;
        end
    endtask

    // A packet that the grid takes is followed by the next one of the tick.
    always @(posedge clk) begin
        if (take === 1'b1 && !empty) begin
            packet_in = word;
            sent = sent + 1;
            next_packet;
            empty = !(is_packet && packet_tick == now);
        end
        if (packet_out_valid === 1'b1) begin
            count[packet_out] = count[packet_out] + 1;
            outputs = outputs + 1;
        end
        if (token_controller_error === 1'b1 || scheduler_error === 1'b1) begin
            $display("FAIL: sample number %0d, tick %0d: the grid reports an error: ticks are too near, or a delay is too long",
                     INDEX, now);
            $fatal(1);
        end
    end

    initial begin
        done = 0; rst = 0; tick = 0; empty = 1; packet_in = 0; sent = 0; outputs = 0; now = 0;
        for (k = 0; k < LINES; k = k + 1)
            count[k] = 0;
        packets = $fopen(PACKETS, "r");
        expected = $fopen(EXPECTED, "r");
        if (!packets || !expected) begin
            $display("FAIL: its files are not in the folder that the bench runs in");
            $fatal(1);
            forever @(posedge clk);
        end
        find_sample(packets);
        find_sample(expected);
        next_packet;
        next_expected;
        rst = 1;
        repeat (8) @(negedge clk);
        rst = 0;
        for (now = 0; now < TICKS; now = now + 1) begin
            @(negedge clk) empty = !(is_packet && packet_tick == now);
            quiet = 0;
            while (!empty) begin
                @(negedge clk) quiet = quiet + 1;
                if (quiet > PATIENCE) begin
                    $display("FAIL: sample number %0d, tick %0d: a packet is not taken", INDEX, now);
                    $fatal(1);
                end
            end
            repeat (DRAIN) @(negedge clk);
            tick = 1;
            @(negedge clk) tick = 0;
            repeat (SWEEP + DRAIN) @(negedge clk);
            while (is_expected && expected_tick == now) begin
                count[expected_line] = count[expected_line] - 1;
                next_expected;
            end
            for (k = 0; k < LINES; k = k + 1)
                if (count[k] != 0) begin
                    $display("FAIL: sample number %0d, tick %0d: %0d spikes on line %0d more than expected", INDEX, now,
                             count[k], k);
                    $fatal(1);
                end
        end
        if (is_packet || is_expected) begin
            $display("FAIL: sample number %0d: the files go on after tick %0d", INDEX, TICKS - 1);
            $fatal(1);
        end
        done = 1;
    end
endmodule

module testbench;
    wire [@last@:0] done;
@samples@
    initial begin
        wait (&done);
        $display("PASS: %0d samples, %0d packets in, %0d out", @count@, @sent@, @outputs@);
        $finish;
    end
endmodule
